/** Owns what the front end needs of the job's side: which requests are the job's own, and how they get there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WrapperConfig } from '../config.ts';
import type { Logger } from '../core/log.ts';
import type { JobMetrics } from '../metrics.ts';
import type { JobDescription } from '../protocol/messages.ts';
import type { Runner } from '../runner.ts';
import type { Tracing } from '../tracing.ts';
import type { Gate } from '../worker/gate.ts';
import type { AccessLog } from './access-log.ts';
import type { BodyFiles } from './body-files.ts';
import type { OpenViews } from './open-views.ts';
import type { RequestInfo } from './request-info.ts';

export interface FrontParts {
  readonly config: WrapperConfig;
  readonly logger: Logger;
  readonly log: AccessLog;
  readonly metrics: JobMetrics;
  readonly runner: Runner;
  readonly gate: Gate;
  readonly bodyFiles: BodyFiles;
  /** What is open to the job's user interface. */
  readonly views: OpenViews;
  /** Null when calls are not traced. */
  readonly tracing: Tracing | null;
}

/** One request with what is known about it from its first line and headers. */
export interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly info: RequestInfo;
  readonly started: number;
  /** The path as received, without the query. */
  readonly path: string;
  readonly query: string;
  /** The address as received. */
  readonly uri: string;
}

/** A request to change the protocol, such as to WebSocket. */
export interface UpgradeRequest {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** What the caller has sent after the request's head. */
  readonly head: Buffer;
  readonly info: RequestInfo;
  readonly path: string;
  readonly query: string;
}

export interface JobSide {
  /** Takes over what the job now offers. */
  describe(description: JobDescription): void;
  /** From now on calls are refused. */
  refuse(): void;
  /**
   * Takes the request when it is a call of the job, which is then counted and logged as one. `watch` is told before a request
   * is turned away after all: such a one is no call.
   */
  take(visit: Visit, watch: () => void): boolean;
  /** Answers what is neither a call nor one of the wrapper's own routes; `rest` is the path after the prefix. */
  serve(visit: Visit, prefix: string, rest: string): void;
  upgrade(request: UpgradeRequest): Promise<void>;
  /** Calls that neither wait nor run: their input or result is being checked. */
  readonly beingChecked: number;
  /** Ends what the side itself has started. */
  stop(): Promise<void>;
}
