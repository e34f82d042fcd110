/** Owns `racetrack-wrapper schema`: the OpenAPI document of a job without a server. */
import { stdout } from 'node:process';
import { DEFAULT_LIMITS, type WrapperConfig } from '../config.ts';
import { UserError } from '../core/errors.ts';
import type { Runner, RunnerEvents } from '../runner.ts';
import { HttpRunner } from '../upstream/http-runner.ts';
import { WorkerPool } from '../worker/pool.ts';
import type { HostProcess } from '../worker/process.ts';
import { prepareJob } from './job.ts';
import type { JobOptions, RunOptions } from './options.ts';

/** Prints the document; what the job prints goes to standard error. */
export async function schema(
  path: string | undefined,
  className: string | undefined,
  options: JobOptions,
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { config, warnings, started } = await prepareJob({
    path,
    className,
    options: { ...SERVE_DEFAULTS, ...options },
    env: process.env,
    cwd: process.cwd(),
    onOutput: (record) => say(record.message),
  });
  for (const warning of warnings) say(`warning: ${warning}`);
  if (config.failure)
    throw new UserError(config.failure.error, config.failure.hint ? { hint: config.failure.hint } : {});
  const runner = await loadedRunner(config, started, say);
  try {
    if (!runner.description) {
      const { failure } = runner;
      throw new UserError(`the job cannot be loaded: ${failure?.error}`, failure?.hint ? { hint: failure.hint } : {});
    }
    stdout.write(`${JSON.stringify(await runner.openApi(config.job), null, 2)}\n`);
  } finally {
    await runner.stop();
  }
}

/** A runner whose job is ready or has failed. */
async function loadedRunner(
  { plan, job }: WrapperConfig,
  started: HostProcess | undefined,
  say: (line: string) => void,
): Promise<Runner> {
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const events: RunnerEvents = {
    onChange: () => {
      if (runner.state === 'ready' || runner.state === 'failed') settle();
    },
    onRoom: () => {},
    onLog: (record) => say(record.message),
    onRestart: () => {},
  };
  const { graceMs } = DEFAULT_LIMITS;
  const runner: Runner =
    plan.kind === 'workers'
      ? new WorkerPool({ ...plan, started, workers: 1, maxRequests: 0, maxMemory: 0, graceMs }, events)
      : new HttpRunner({ plan, job, graceMs }, events);
  await runner.start();
  await settled;
  return runner;
}

const SERVE_DEFAULTS: RunOptions = {
  port: 0,
  workers: 1,
  timeout: 0,
  maxRequests: 0,
  maxMemory: 0,
  maxBody: DEFAULT_LIMITS.maxBody,
  spill: DEFAULT_LIMITS.spillAbove,
  grace: 0,
  drain: 0,
  overrun: 0,
  accessLog: false,
};
