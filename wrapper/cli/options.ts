/** Owns the options of `run` and `schema`: their names, their checks, and the values they stand for. */
import { Command, InvalidArgumentError } from 'commander';
import type { ProgramOptions } from '../../jobtypes/launcher.ts';
import { DEFAULT_LIMITS } from '../config.ts';

export interface JobOptions extends ProgramOptions {
  readonly manifestPath?: string;
  readonly python?: string;
  readonly install?: boolean;
  readonly strict?: boolean;
}

export interface RunOptions extends JobOptions {
  readonly host?: string;
  readonly port: number;
  readonly workers: number;
  readonly timeout: number;
  readonly maxConcurrency?: number;
  readonly maxQueue?: number;
  readonly maxRequests: number;
  readonly maxMemory: number;
  readonly maxBody: number;
  readonly spill: number;
  readonly grace: number;
  readonly drain: number;
  readonly overrun: number;
  readonly accessLog: boolean;
  readonly reload?: boolean;
}

const seconds = (milliseconds: number) => milliseconds / 1000;

/** The options that say which job it is and how it is loaded. */
export function addJobOptions(command: Command): Command {
  return command
    .option('--manifest-path <path>', "the job's manifest (default: JOB_MANIFEST_YAML, then job.yaml)")
    .option('--python <path>', "the interpreter (default: the job's .venv, the active environment, then python3)")
    .option('--install', "install the job's requirements.txt into a cached environment of its own")
    .option('--strict', 'refuse a manifest with mistakes instead of warning')
    .option('--command <command>', 'instead of a path: a program that speaks HTTP; {port} stands for its port')
    .option('--image <name>', 'instead of a path: a Docker image whose program speaks HTTP')
    .option('--url <address>', 'instead of a path: a program that runs already, such as http://127.0.0.1:8000')
    .option('--program-port <number>', 'where the program listens (default: a free port, which PORT tells it)', port)
    .option('--probe <path>', 'answered well by a program that is ready (default: /ready, /live, /health or /)', path)
    .option(
      '--api-base <path>',
      'where in the program /api/v1 leads (default: / or, if it has such paths, /api/v1)',
      path,
    )
    .option('--perform-path <path>', 'where in the program /api/v1/perform leads', path)
    .option('--rewrite', "change links in the program's pages, for sites that know only links from their root")
    .option(
      '--start-timeout <seconds>',
      'how long the program may take until it is ready (default: 300)',
      positiveSeconds,
    );
}

/** The options that say how the job is served. */
export function addServeOptions(command: Command): Command {
  const limits = DEFAULT_LIMITS;
  return command
    .option('--host <address>', 'address to listen on (default: 127.0.0.1 on a terminal, 0.0.0.0 in a container)')
    .option('--port <number>', 'port to listen on, 0 for a free one', port, 7000)
    .option('--workers <number>', 'processes that run the job', positive, limits.workers)
    .option('--timeout <seconds>', 'longest time of a call, 0 for none', nonNegative, seconds(limits.timeoutMs))
    .option(
      '--max-concurrency <number>',
      "calls that run at once (default: the manifest's, or 40 for each worker)",
      positive,
    )
    .option('--max-queue <number>', "calls that may wait (default: the manifest's, or 1000)", whole)
    .option('--max-requests <number>', 'replace a worker after so many calls, 0 for never', whole, limits.maxRequests)
    .option('--max-memory <size>', 'replace a worker that holds more memory, such as 512M', bytes, limits.maxMemory)
    .option('--max-body <size>', 'largest request body', bytes, limits.maxBody)
    .option('--spill <size>', 'keep larger request bodies in a file instead of memory', bytes, limits.spillAbove)
    .option(
      '--overrun <seconds>',
      'kill a worker that goes on so long after a timeout',
      nonNegative,
      seconds(limits.overrunMs),
    )
    .option('--grace <seconds>', 'how long running calls may take after SIGTERM', nonNegative, seconds(limits.graceMs))
    .option('--drain <seconds>', 'how long calls are still taken after SIGTERM', nonNegative, seconds(limits.drainMs))
    .option('--no-access-log', 'no lines about requests')
    .option('--reload', 'load the job anew when a file in its folder changes, without dropping a call');
}

/** The options that `run` would be given by these arguments; throws commander's error for wrong ones. */
export function parseRunOptions(args: readonly string[]): RunOptions {
  const command = addServeOptions(addJobOptions(new Command('run'))).exitOverride();
  return command.parse([...args], { from: 'user' }).opts<RunOptions>();
}

export function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}

export function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError('Give a whole number, 1 or more.');
  return value;
}

function port(text: string): number {
  const value = whole(text);
  if (value > 65_535) throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return value;
}

export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1e9))
    throw new InvalidArgumentError('Give a number of seconds, 0 or more.');
  return value;
}

function positiveSeconds(text: string): number {
  const value = nonNegative(text);
  if (value === 0) throw new InvalidArgumentError('Give a number of seconds above 0.');
  return value;
}

function path(text: string): string {
  if (!/^\/[!-~]*$/.test(text)) throw new InvalidArgumentError('Give a path, such as /perform.');
  return text;
}

const UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export function bytes(text: string): number {
  const match = /^(\d{1,12})([KMG]?)(i?B?)$/i.exec(text);
  if (!match) throw new InvalidArgumentError('Give a size in bytes, or such as 64M or 1G.');
  return Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number);
}
