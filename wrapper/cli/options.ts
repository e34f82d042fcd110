/** Owns the options of `run` and `schema`: their names, their checks, and the values they stand for. */
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_LIMITS } from '../config.ts';

export interface JobOptions {
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
    .option('--strict', 'refuse a manifest with mistakes instead of warning');
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

const UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export function bytes(text: string): number {
  const match = /^(\d{1,12})([KMG]?)(i?B?)$/i.exec(text);
  if (!match) throw new InvalidArgumentError('Give a size in bytes, or such as 64M or 1G.');
  return Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number);
}
