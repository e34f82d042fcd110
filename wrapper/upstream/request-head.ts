/** Owns the head of a request to the program: what is taken over from the caller's, and what is added. */
import type { Visit } from '../http/job-side.ts';
import type { Passage } from './addresses.ts';

/** Headers that are about one connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
/** Written anew. */
const FORWARDED = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix']);

export interface HeadOptions {
  readonly passage: Passage;
  /** Replaces the caller's, when calls are traced. */
  readonly traceparent: string | undefined;
  /** `host:port` of the program, for callers that name no host. */
  readonly authority: string;
}

/** Names and values in turn. */
export function requestHead({ req }: Pick<Visit, 'req'>, options: HeadOptions): string[] {
  const raw = req.rawHeaders;
  const named = connectionOptions(raw);
  const head: string[] = [];
  const forwarded: Record<string, string | undefined> = {};
  let host: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    const lower = name.toLowerCase();
    if (lower === 'host') host = value;
    else if (FORWARDED.has(lower)) forwarded[lower] = forwarded[lower] ? `${forwarded[lower]}, ${value}` : value;
    else if (lower === 'content-length' || HOP_BY_HOP.has(lower) || named?.has(lower)) continue;
    else if (lower === 'traceparent' && options.traceparent !== undefined) continue;
    else head.push(name, value);
  }
  const client = req.socket.remoteAddress ?? 'unknown';
  const before = forwarded['x-forwarded-for'];
  head.push('Host', host || options.authority);
  head.push('X-Forwarded-For', before ? `${before}, ${client}` : client);
  head.push('X-Forwarded-Proto', forwarded['x-forwarded-proto'] ?? 'http');
  head.push('X-Forwarded-Host', forwarded['x-forwarded-host'] ?? (host || options.authority));
  const prefix = (forwarded['x-forwarded-prefix'] ?? '') + options.passage.mount;
  if (prefix !== '') head.push('X-Forwarded-Prefix', prefix);
  if (options.traceparent !== undefined) head.push('traceparent', options.traceparent);
  return head;
}

/** What the program is called in the caller's eyes, in lower case. */
export function hostOf({ headers }: Visit['req']): string {
  return String(headers['x-forwarded-host'] ?? headers.host ?? '').toLowerCase();
}

/** The further headers that a Connection header declares to be about this connection only; reads the raw headers, as all others do. */
export function connectionOptions(raw: readonly string[]): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const value = raw[i + 1] as string;
    if ((raw[i] as string).length !== 10 || /^(keep-alive|close|upgrade)$/i.test(value)) continue;
    if ((raw[i] as string).toLowerCase() !== 'connection') continue;
    named ??= new Set();
    for (const option of value.toLowerCase().split(',')) named.add(option.trim());
  }
  return named;
}
