/** Owns what the worker side and the HTTP side agree on about one running call. */
import type { Frame } from '../protocol/frame.ts';
import type { WaitingCall } from '../runner.ts';

/** One exchange with a worker. The HTTP side implements it, a {@link Worker} drives it; times are `performance.now()` milliseconds. */
export interface Exchange {
  /** A `result`, `error`, `chunk`, `end`, `metrics`, `window` or `progress` frame for this exchange. */
  onFrame(frame: Frame): void;
  /** The worker is gone; nothing more will come. */
  onWorkerLost(reason: string): void;
  /** Looks at deadline and caller; called every few milliseconds while the exchange runs. */
  check(now: number): void;
}

/** A call that waits for, or occupies, a place in the job's concurrency limit. */
export interface Call extends Exchange, WaitingCall {
  /** The function's number; a reload may give it another one while the call waits. */
  endpoint: number;
  readonly flags: number;
  readonly meta: string;
  readonly body: readonly Buffer[];
  /** It has left the queue for a worker. */
  onSent(connection: Messenger, id: number): void;
}

/** What a running exchange can say to its worker. */
export interface Messenger {
  cancel(id: number, meta?: object): void;
  input(id: number, piece: Buffer, flags: number): void;
  /** Gives the worker room for so many more bytes of this stream. */
  window(id: number, bytes: number): void;
  /** The worker does not react to a cancel: it is to be killed and replaced. */
  overran(id: number): void;
}
