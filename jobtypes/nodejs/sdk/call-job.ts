/** Owns chain calls: a job calls another one through the gateway. */
import { answeredError, JobCallError, silentError } from './job-call-error.ts';
import { type RequestContext, requestContext } from './request-context.ts';

const DEFAULT_SECONDS = 10;
const PREDECESSOR = 'x-recordkeeper-predecessor-id';

export interface CallOptions {
  /** `latest` by default. */
  readonly version?: string;
  /** Below the job's address, `/api/v1/perform` by default. */
  readonly path?: string;
  /** `POST` by default. */
  readonly method?: string;
  /** Seconds to wait for the answer, 10 by default; cut to what is left of the call that this job is answering. */
  readonly timeout?: number;
  /** Aborts the call; by default it ends with the call that this job is answering. */
  readonly signal?: AbortSignal;
}

/**
 * Calls an endpoint of another job and returns its decoded answer. Rejects with a {@link JobCallError} for whatever the callee does.
 * @example
 * const sum = await callJob<number>('adder', { numbers: [40, 2] });
 */
export async function callJob<T = unknown>(name: string, payload?: unknown, options: CallOptions = {}): Promise<T> {
  const { version = 'latest', path = '/api/v1/perform', method = 'POST' } = options;
  const subject = `failed to call job "${name} ${version}" by ${process.env.JOB_NAME}`;
  const url = `${gateway()}/job/${encodeURIComponent(name)}/${encodeURIComponent(version)}${path}`;
  const request = requestContext();
  const seconds = remainingSeconds(request);
  const patience = Math.min(options.timeout ?? DEFAULT_SECONDS, seconds ?? Number.POSITIVE_INFINITY);
  if (patience <= 0) throw silentError(`${subject}: no time is left of the call that is being answered`, 'late');
  const signals = [AbortSignal.timeout(patience * 1000), options.signal ?? request?.signal].filter((each) => !!each);
  const body = payload === undefined ? undefined : JSON.stringify(payload);
  const headers = headersFor(request, seconds);
  if (body !== undefined) headers.set('content-type', 'application/json');
  try {
    const response = await fetch(url, {
      method,
      headers,
      signal: AbortSignal.any(signals),
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
    return decode(await response.text(), response, subject) as T;
  } catch (error) {
    throw error instanceof JobCallError ? error : failureOf(error, subject, patience);
  }
}

function gateway(): string {
  for (const name of ['PUB_URL', 'AUTH_TOKEN']) {
    if (!process.env[name]) throw new Error(`${name} env var is not set`);
  }
  return (process.env.PUB_URL as string).replace(/\/+$/, '');
}

/** What is left of the call that is being answered, undefined when it has no limit. */
function remainingSeconds(request: RequestContext | undefined): number | undefined {
  return request?.deadline === undefined ? undefined : (request.deadline - Date.now()) / 1000;
}

/** Who calls, how long it waits, and the marks by which the calls that belong together are found. */
function headersFor(request: RequestContext | undefined, seconds: number | undefined): Headers {
  const headers = new Headers({ accept: '*/*', 'x-racetrack-auth': process.env.AUTH_TOKEN as string });
  if (seconds !== undefined) headers.set('x-request-timeout', seconds.toFixed(3));
  if (request === undefined) return headers;
  const marks = [
    process.env.REQUEST_TRACING_HEADER || 'X-Request-Tracing-Id',
    process.env.CALLER_NAME_HEADER || 'X-Caller-Name',
    'traceparent',
    'tracestate',
    PREDECESSOR,
  ];
  for (const name of marks) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

function decode(text: string, response: Response, subject: string): unknown {
  if (!response.ok) throw answeredError(subject, response, text);
  try {
    return JSON.parse(text);
  } catch {
    throw answeredError(`${subject}: the answer is no JSON`, response, text);
  }
}

/** The callee has not answered: too late, gone, or no longer wanted. */
function failureOf(error: unknown, subject: string, patience: number): unknown {
  const { name, cause, message } = error as Error;
  if (name === 'TimeoutError') return silentError(`${subject}: it did not answer within ${patience} s`, 'late');
  if (name === 'AbortError') return error;
  return silentError(`${subject}: ${cause instanceof Error ? cause.message : message}`, 'unreachable', error);
}
