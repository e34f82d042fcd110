/** Owns what a job may ask about the request that it is answering. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The request of the call that runs here. */
export interface RequestContext {
  readonly method: string;
  /** As requested, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Values of the path's `{name}` segments, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Headers;
  /** Ties the log lines and further calls of one request together; undefined when the caller gave none. */
  readonly tracingId: string | undefined;
  /** Who calls, as the caller says. */
  readonly caller: string | undefined;
  /** The caller's address. */
  readonly client: string | undefined;
  /** When the caller stops waiting, in milliseconds since 1970; undefined when there is no limit. */
  readonly deadline: number | undefined;
  /** Aborted when the caller has left or the deadline has passed. */
  readonly signal: AbortSignal;
}

/** The wrapper's side and each copy of this file in a bundle share one storage. */
const KEY = Symbol.for('racetrack.requests');
const shared = globalThis as { [KEY]?: AsyncLocalStorage<RequestContext> };
shared[KEY] ??= new AsyncLocalStorage();

export const requests: AsyncLocalStorage<RequestContext> = shared[KEY];

/** The current request, however deep in promises and callbacks; undefined outside of a call. */
export const requestContext = (): RequestContext | undefined => requests.getStore();
