/** Owns what the service and its front end need of whatever runs the job: workers of ours, or a program that speaks HTTP. */

import type { JobIdentity } from './config.ts';
import type { CallErrorType } from './core/errors.ts';
import type { OpenAPIObject } from './openapi.ts';
import type { CustomMetric, JobDescription, LogRecord, StartFailure } from './protocol/messages.ts';

export type RunnerState = 'starting' | 'ready' | 'failed' | 'restarting';

export interface Runner {
  readonly state: RunnerState;
  /** What the job offers; known since it was ready for the first time. */
  readonly description: JobDescription | undefined;
  readonly failure: StartFailure | undefined;
  /** `python 3.11.7`, once the process has said so. */
  readonly languageVersion: string | undefined;
  /** Every process that still runs calls. */
  readonly workers: readonly RunningProcess[];
  /** Begins to start the job; what becomes of it shows in the state. */
  start(): Promise<void>;
  /** Starts the changed job beside the running one and switches when it is ready. Rejects, the old one serving on, when it cannot start. */
  reload(): Promise<void>;
  /** Ends the job, and calls that still run with it; no process is left behind. */
  stop(): Promise<void>;
  /** The job's own metrics; none when it has none, or when it does not answer. */
  collect(): Promise<readonly CustomMetric[]>;
  /** Describes the service; as long as the job is not ready, only its probes. */
  openApi(job: JobIdentity): Promise<OpenAPIObject>;
}

export interface RunningProcess {
  /** 0 when it is not a process of this machine. */
  readonly pid: number;
  /** How many calls it runs. */
  readonly load: number;
  /** Lets every running call look at its deadline and its caller; `now` as of `performance.now()`. */
  check(now: number): void;
}

export type RestartReason = 'crash' | 'timeout' | 'max_requests' | 'max_memory';

export interface RunnerEvents<Context = unknown> {
  /** State, description or failure has changed. */
  onChange(): void;
  /** There is room for another call. */
  onRoom(): void;
  /** A line of the job; the context says which call wrote it. */
  onLog(record: LogRecord, context?: Context): void;
  onRestart(reason: RestartReason, text: string): void;
}

/** A call as far as waiting for a place goes. */
export interface WaitingCall {
  /** True once it is answered or given up: a queue skips it. */
  readonly settled: boolean;
  /** Answers with one of the wrapper's own errors. */
  refuse(type: CallErrorType, message: string): void;
  /** Looks at deadline and caller; called every few milliseconds. */
  check(now: number): void;
}

/** Where calls of one kind can run. */
export interface Places<C extends WaitingCall> {
  readonly state: RunnerState;
  /** Undefined while there is none. */
  pick(): { call(call: C): void } | undefined;
}
