/** Owns the door for tests: starts a job behind a real server, for supertest, fetch or any other client. */
import { prepareJob } from './cli/job.ts';
import { parseRunOptions } from './cli/options.ts';
import { createTarget } from './cli/verify-target.ts';
import { createLogger, type LogSink } from './core/log.ts';
import { startService } from './service.ts';
import { contractSuite, type SuiteOptions, type TestRunner } from './verify/suite.ts';
import type { KnownLimits } from './verify/target.ts';

export interface WrapperUnderTest {
  /** Such as `http://127.0.0.1:41234`: hand it to `supertest(address)`. */
  readonly address: string;
  /** Everything logged so far, one line a record. */
  logs(): string;
  /** Ends the job and leaves no process behind. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The job's file or folder; left out when `args` name a program, such as `['--command', 'node server.js']`. */
  readonly entrypoint?: string;
  /** Needed when the file defines more than one class. */
  readonly className?: string;
  /** The working folder, by default this process's. */
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further options of `racetrack-wrapper run`, such as `['--workers', '2']`. */
  readonly args?: readonly string[];
  /** `ready` (default) rejects when the job cannot be started; `listening` returns at once. */
  readonly waitFor?: 'ready' | 'listening';
}

/**
 * Starts a job on a free port.
 * @example
 * const job = await startWrapper({ entrypoint: 'entrypoint.py' });
 * await supertest(job.address).post('/api/v1/perform').send({ numbers: [40, 2] }).expect(200, '42');
 * await job.stop();
 */
export async function startWrapper(options: StartOptions): Promise<WrapperUnderTest> {
  const env = { ...process.env, ...options.env };
  const sink = memorySink();
  const logger = createLogger(sink, { structured: /^(true|t|yes|y|1)$/i.test(env.LOG_STRUCTURED ?? '') });
  const job = await prepareJob({
    path: options.entrypoint,
    className: options.className,
    options: { ...parseRunOptions(options.args ?? []), host: '127.0.0.1', port: 0 },
    env,
    cwd: options.cwd ?? process.cwd(),
    onOutput: (record) => logger.log(record.level, record.message),
  });
  for (const warning of job.warnings) logger.log('WARNING', warning);
  const service = await startService(job.config, { logger, sink, started: job.started });
  if (options.waitFor !== 'listening') {
    const status = await service.settled();
    if (status.state === 'failed') {
      await service.stop();
      throw new Error(`the job could not be started: ${status.failure?.error}\n${sink.text}`);
    }
  }
  return { address: service.address, logs: () => sink.text, stop: () => service.stop() };
}

export interface ContractOptions extends Omit<SuiteOptions, 'target'> {
  /** The path of an entrypoint, or the address of a service that runs. */
  readonly target?: string;
  /** Or a program that serves the contract itself, with its arguments, on the port in `PORT` or `{port}`. */
  readonly command?: string;
  /** Further options of `racetrack-wrapper run`, for an entrypoint. */
  readonly args?: readonly string[];
  /** What is known about a target that is no entrypoint: how many calls it takes at once, how large a body may be. */
  readonly limits?: KnownLimits;
  /** The working folder, by default this process's. */
  readonly cwd?: string;
}

/**
 * Registers one test for each rule of the job contract, those of `racetrack-wrapper verify`.
 * @example
 * import * as vitest from 'vitest';
 * jobContractSuite({ target: 'probe-job/entrypoint.py' }, vitest);
 */
export function jobContractSuite(options: ContractOptions, runner: TestRunner): void {
  const { target, command, args: runArgs = [], limits = {}, cwd = process.cwd(), ...rest } = options;
  const subject = createTarget({ target, command, runArgs, limits, cwd, env: process.env });
  contractSuite({ ...rest, target: subject }, runner);
}

function memorySink(): LogSink & { readonly text: string } {
  let text = '';
  return {
    write: (line) => {
      text += line;
    },
    flush: async () => {},
    dropped: 0,
    get text() {
      return text;
    },
  };
}
