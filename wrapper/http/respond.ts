/** Owns writing answers: JSON bodies, fault and CORS headers, in as few writes as possible. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CALL_ERRORS, type CallErrorType } from '../core/errors.ts';
import type { Fault } from '../protocol/messages.ts';

export const FAULT_HEADER = 'x-racetrack-fault';

/** Above this, joining body and headers into one string costs more than a second write. */
const ONE_WRITE_LIMIT = 64 * 1024;
/** What is still read of a refused body, so that the caller gets to see the answer. */
const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 5_000;

/** Sends a complete answer; `headers` are names and values in turn. */
export function send(res: ServerResponse, status: number, headers: string[], body: Buffer): void {
  if (res.headersSent || res.destroyed) return;
  headers.push('content-length', String(body.length));
  res.writeHead(status, headers);
  if (body.length <= ONE_WRITE_LIMIT) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}

export function sendJson(res: ServerResponse, status: number, value: unknown, headers: string[] = []): void {
  send(res, status, ['content-type', 'application/json', ...headers], Buffer.from(JSON.stringify(value)));
}

/** The body of one of the wrapper's own errors: `{detail}` for a full queue, as callers know it, `{error, type}` for all others. */
export function errorBody(type: CallErrorType, message: string): object {
  return type === 'JobBusy' ? { detail: message } : { error: message, type };
}

/** Answers with one of the wrapper's own errors; returns its fault. */
export function sendError(res: ServerResponse, type: CallErrorType, message: string, headers: string[] = []): Fault {
  const { status, fault } = CALL_ERRORS[type];
  const retry = status === 429 || status === 502 || status === 503 ? ['retry-after', '1'] : [];
  sendJson(res, status, errorBody(type, message), [...headers, FAULT_HEADER, fault, ...retry]);
  return fault;
}

/** Headers that let a page of another origin read the answer. */
export function corsHeaders(origin: string | undefined): string[] {
  return origin === undefined
    ? []
    : ['access-control-allow-origin', origin, 'access-control-allow-credentials', 'true', 'vary', 'Origin'];
}

/** Reads on for a moment after a refusal: a connection reset under the caller's hands would lose the answer. */
export function drain(req: IncomingMessage): void {
  let left = DRAIN_BYTES;
  const timer = setTimeout(() => req.destroy(), DRAIN_MS);
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.destroy();
  });
  req.once('close', () => clearTimeout(timer));
  req.once('end', () => clearTimeout(timer));
}
