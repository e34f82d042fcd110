/** Owns the head of an answer of the job's user interface: passed on as it is, but for what belongs to the connection. */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import type { ReplyMeta } from '../protocol/messages.ts';

const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ReplyHead {
  readonly status: number;
  /** Names and values in turn, without the length. */
  readonly headers: string[];
  /** The Content-Length, undefined when there is none or no body may follow a head of this status. */
  readonly contentLength: number | undefined;
}

/** Undefined for a head that cannot be sent. `origin` is the caller's, whose answer depends on it. */
export function readReplyHead(meta: ReplyMeta, origin: string | undefined): ReplyHead | undefined {
  const { status = 200, headers: given = [], mediaType } = meta;
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const headers: string[] = mediaType === undefined ? [] : ['content-type', mediaType];
  let contentLength: number | undefined;
  let varies = false;
  for (let i = 0; i + 1 < given.length; i += 2) {
    const [name, value] = [given[i] as string, given[i + 1] as string];
    const key = name.toLowerCase();
    if (!isValid(name, value)) return undefined;
    if (key === 'content-length') contentLength = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
    else if (key === 'vary') varies = true;
    if (key === 'content-length' || OF_THE_CONNECTION.has(key)) continue;
    if (key !== 'content-type' || mediaType === undefined) headers.push(name, value);
  }
  // The job's own Vary replaces the one that belongs to our CORS headers: it has to say both.
  if (varies && origin !== undefined) headers.push('vary', 'Origin');
  return { status, headers, contentLength: status === 204 ? undefined : contentLength };
}

/**
 * Writes the head; its headers replace those that the response has already. Repeated ones go out as lines of their own: Node's
 * `writeHead` would keep only the last of them.
 */
export function writeReplyHead(res: ServerResponse, head: ReplyHead, contentLength: number | undefined): void {
  const lines = new Map<string, { name: string; values: string[] }>();
  for (let i = 0; i + 1 < head.headers.length; i += 2) {
    const [name, value] = [head.headers[i] as string, head.headers[i + 1] as string];
    const known = lines.get(name.toLowerCase());
    if (known) known.values.push(value);
    else lines.set(name.toLowerCase(), { name, values: [value] });
  }
  for (const { name, values } of lines.values())
    res.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  if (contentLength !== undefined) res.setHeader('content-length', contentLength);
  res.writeHead(head.status);
}

/** Whether a body may follow. */
export const hasBody = (method: string, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 304;

function isValid(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
