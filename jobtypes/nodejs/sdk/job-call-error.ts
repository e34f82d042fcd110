/** Owns the one kind of error that a call of another job ends with, and what it tells about the callee. */

const [UNREACHABLE, TOO_LATE] = [502, 504];
/** They speak of the calling job's token; its own caller has another one. */
const OF_THE_TOKEN = new Set([401, 403, 407]);

/** A call of another job has failed. Where nobody catches it, this job's caller receives the callee's status. */
export class JobCallError extends Error {
  override readonly name = 'JobCallError';
  /** As answered; 502 without a usable answer, 504 without one in time. */
  readonly status: number;
  /** The type of the error that the callee tells, undefined without one. */
  readonly type: string | undefined;
  /** The callee's answer, decoded if it is JSON. */
  readonly body: unknown;
  /** Who has to act: never the caller, as the callee's caller is this job. */
  readonly fault: 'job' | 'platform';
  /** When to try again, as the callee says. */
  readonly retryAfter: string | undefined;

  constructor(
    message: string,
    answer: {
      status: number;
      fault: 'job' | 'platform';
      type?: string;
      body?: unknown;
      retryAfter?: string | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = answer.status;
    this.fault = answer.fault;
    this.type = answer.type;
    this.body = answer.body;
    this.retryAfter = answer.retryAfter;
  }

  /** The status for this job's own caller. */
  get replyStatus(): number {
    return OF_THE_TOKEN.has(this.status) ? UNREACHABLE : this.status;
  }

  /** Headers for this job's own caller. */
  get headers(): Record<string, string> {
    return this.retryAfter === undefined ? {} : { 'retry-after': this.retryAfter };
  }
}

/** The callee has answered, but not with a success. */
export function answeredError(subject: string, response: Response, text: string): JobCallError {
  const body = decode(text);
  const failed = response.status >= 400;
  const type = (body as { type?: unknown } | null)?.type;
  return new JobCallError(`${subject}: ${response.status} ${response.statusText}: ${text}`, {
    status: failed ? response.status : UNREACHABLE,
    fault: response.headers.get('x-racetrack-fault') === 'platform' ? 'platform' : 'job',
    body,
    ...(failed && typeof type === 'string' && { type }),
    retryAfter: response.headers.get('retry-after') ?? undefined,
  });
}

/** There is no answer. */
export function silentError(message: string, why: 'late' | 'unreachable', cause?: unknown): JobCallError {
  const answer =
    why === 'late'
      ? ({ status: TOO_LATE, fault: 'job' } as const)
      : ({ status: UNREACHABLE, fault: 'platform' } as const);
  return new JobCallError(message, answer, cause === undefined ? undefined : { cause });
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
