/** Owns the settings of one running wrapper, as values; reading them from arguments and environment is the command line's part. */
import type { StartFailure } from './protocol/messages.ts';
import type { HttpPlan } from './upstream/plan.ts';
import type { WorkerOrder } from './worker/process.ts';
import type { PrepareCommand } from './worker/program.ts';

export interface JobIdentity {
  readonly name: string;
  readonly version: string;
}

/** What `/health` and `/live` report about the deployment; null where the environment says nothing. */
export interface DeploymentInfo {
  readonly jobVersion: string | null;
  readonly gitVersion: string | null;
  readonly deployedByRacetrackVersion: string | null;
  /** Unix seconds. */
  readonly deploymentTimestamp: number | null;
  readonly jobTypeVersion: string | null;
}

/** What the manifest says about checking inputs and results against their schemas. */
export interface CheckSettings {
  /** Whether inputs are checked; undefined: as the endpoints declare it. */
  readonly validate: boolean | undefined;
  /** What becomes of a result without its declared form; undefined: results are not checked. */
  readonly validateOutput: 'warn' | 'fail' | undefined;
}

export interface WrapperLimits {
  readonly workers: number;
  /** Calls that run at once; null: as many as the workers have threads for. */
  readonly maxConcurrency: number | null;
  /** Calls that may wait; null: {@link DEFAULT_QUEUE}. */
  readonly maxQueue: number | null;
  /** Longest time of a call in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** How long a worker may go on with a call past its deadline before it is killed, in milliseconds. */
  readonly overrunMs: number;
  /** How long running calls may take after SIGTERM, and a worker's shutdown after that, in milliseconds. */
  readonly graceMs: number;
  /** How long calls are still taken after SIGTERM, in milliseconds. */
  readonly drainMs: number;
  /** Largest request body in bytes. */
  readonly maxBody: number;
  /** Largest request body in bytes that is kept in memory; above, it is written to a file. */
  readonly spillAbove: number;
  /** How long a request may take to arrive, in milliseconds. */
  readonly requestMs: number;
  readonly maxRequests: number;
  /** Bytes; 0 for no limit. */
  readonly maxMemory: number;
}

/** A job whose code is loaded by workers of ours. */
export interface WorkerPlan {
  readonly kind: 'workers';
  /** Makes the job's program ready and says how it is started. */
  readonly prepare: PrepareCommand;
  readonly order: WorkerOrder;
}

export interface WrapperConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly job: JobIdentity;
  readonly deployment: DeploymentInfo;
  /** Path below the job's prefix that `/` leads to, with a leading slash. */
  readonly homePage: string;
  /** The job's folder. */
  readonly folder: string;
  /** What runs the job. */
  readonly plan: WorkerPlan | HttpPlan;
  readonly checks: CheckSettings;
  /** The job cannot be started at all, and why: the probes tell it. */
  readonly failure: StartFailure | undefined;
  readonly limits: WrapperLimits;
  readonly accessLog: boolean;
  readonly logCaller: boolean;
  /** Names of the headers for tracing id and caller, in lower case. */
  readonly tracingHeader: string;
  readonly callerHeader: string;
}

export const DEFAULT_LIMITS: WrapperLimits = {
  workers: 1,
  maxConcurrency: null,
  maxQueue: null,
  timeoutMs: 3_600_000,
  overrunMs: 5_000,
  graceMs: 20_000,
  drainMs: 0,
  maxBody: 64 * 1024 * 1024,
  spillAbove: 1024 * 1024,
  requestMs: 300_000,
  maxRequests: 0,
  maxMemory: 0,
};

/** Calls that may wait when the job sets no limit of its own. */
export const DEFAULT_QUEUE = 1000;
/** Calls that one worker runs at once when the job sets no limit: threads for plain functions, coroutines for async ones. */
export const DEFAULT_THREADS = 40;
export const DEFAULT_COROUTINES = 1000;
