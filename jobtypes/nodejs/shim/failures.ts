/** Owns what becomes of whatever a job throws: the status, the answer's JSON, and what the log says. */
import type { ErrorMeta, Fault } from '../../../wrapper/protocol/messages.ts';
import type { ErrorRow } from '../../../wrapper/validation/verdict.ts';
import { encode } from './encode.ts';
import { rootCause, traceback } from './traceback.ts';

/** The input does not have the documented form. */
export class Unprocessable extends Error {
  override readonly name = 'Unprocessable';
  readonly rows: readonly ErrorRow[];

  constructor(rows: readonly ErrorRow[]) {
    super('unprocessable input');
    this.rows = rows;
  }
}

/** The body cannot even be read as text. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

export interface Failure {
  readonly meta: ErrorMeta;
  /** JSON. */
  readonly body: string;
}

const REFUSED = { fault: 'caller', message: '', counted: false } as const;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that describe a body other than ours. */
const OF_A_BODY = /^content-(type|length|encoding|range)$/i;

/** The failure that a thrown value means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Unprocessable) {
    return { meta: { ...REFUSED, status: 422 }, body: encode({ detail: error.rows }) };
  }
  if (error instanceof UnreadableBody) {
    return { meta: { ...REFUSED, status: 400 }, body: '{"detail":"There was an error parsing the body"}' };
  }
  try {
    return thrownFailure(error);
  } catch (trouble) {
    // A getter or a proxy of the job's own has thrown.
    return thrownFailure(new Error(`an error that cannot be looked at: ${textOf(trouble)}`));
  }
}

function thrownFailure(error: unknown): Failure {
  const status = statusOf(error);
  const [message, type] = [textOf(error), typeOf(error)];
  const headers = headersOf(error);
  const meta: ErrorMeta = {
    status,
    fault: faultOf(error, status),
    message: message.trim() || type,
    cause: typeOf(rootCause(error)),
    traceback: traceback(error),
    counted: true,
    ...(headers.length > 0 && { headers }),
  };
  return { meta, body: encode({ error: message, type }) };
}

/** The message, whatever was thrown. */
export function textOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return typeof error === 'object' ? encode(error) : String(error);
    const members = error instanceof AggregateError ? error.errors.map(textOf).join(', ') : '';
    return [error.message, members].filter((text) => text !== '').join(': ');
  } catch {
    return 'an error whose message cannot be shown';
  }
}

/** The name of its class; one that the error gives itself wins. */
export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return error === null ? 'null' : typeof error;
  const maker = error.constructor as { name?: string; prototype?: object } | undefined;
  const named = Object.hasOwn(error, 'name') || (maker?.prototype && Object.hasOwn(maker.prototype, 'name'));
  return String((named ? error.name : maker?.name) || error.name || 'Error');
}

/** An error may bring its own status, as those of Express and Fastify do. */
function statusOf(error: unknown): number {
  const { replyStatus, status, statusCode } = (error ?? {}) as Record<string, unknown>;
  const own = [replyStatus, status, statusCode].find((value) => Number.isInteger(value)) as number | undefined;
  return own !== undefined && own >= 400 && own <= 599 ? own : 500;
}

function faultOf(error: unknown, status: number): Fault {
  const { fault } = (error ?? {}) as { fault?: unknown };
  if (fault === 'caller' || fault === 'job' || fault === 'platform') return fault;
  return status < 500 ? 'caller' : 'job';
}

function headersOf(error: unknown): string[] {
  const { headers } = (error ?? {}) as { headers?: unknown };
  if (typeof headers !== 'object' || headers === null) return [];
  const pairs = headers instanceof Map ? headers : Object.entries(headers);
  return Array.from(pairs as Iterable<[unknown, unknown]>)
    .map(([name, value]) => [String(name), String(value)] as const)
    .filter(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value) && !OF_A_BODY.test(name))
    .flat();
}
