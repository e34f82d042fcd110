/** Owns well-formed requests to a target: their bytes, and the one answer that each must get. */
import { type RawAnswer, RawClient } from './raw-client.ts';
import { Deviation } from './rule.ts';

export interface Request {
  /** GET without a body, else POST. */
  readonly method?: string;
  /** Below the target's address, query included. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is text or bytes, else as JSON. */
  readonly body?: unknown;
  /** How long to wait for the answer, in milliseconds. */
  readonly limitMs?: number;
}

const ANSWER_LIMIT_MS = 15_000;
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sends a request on a connection of its own. Rejects with a {@link Deviation} when no complete answer comes. */
export async function ask(address: string, request: Request): Promise<RawAnswer> {
  const client = new RawClient(address);
  try {
    return await askOn(client, address, request);
  } finally {
    client.destroy();
  }
}

/** The same on a connection that stays open. */
export async function askOn(client: RawClient, address: string, request: Request): Promise<RawAnswer> {
  client.send(bytesOf(address, request));
  return expectAnswer(client, request);
}

/** Waits for the answer to a request that has been sent. */
export async function expectAnswer(client: RawClient, request: Request): Promise<RawAnswer> {
  const expected = `an answer to ${nameOf(request)}`;
  let answer: RawAnswer | undefined;
  try {
    answer = await client.answer({ head: request.method === 'HEAD', limitMs: request.limitMs ?? ANSWER_LIMIT_MS });
  } catch (error) {
    throw new Deviation(expected, (error as Error).message);
  }
  if (answer) return answer;
  throw new Deviation(expected, `the connection was closed without one${client.failure ? ` (${client.failure})` : ''}`);
}

/** The request as it goes over the wire, `Connection: close` unless its headers say otherwise. */
export function bytesOf(address: string, request: Request): Buffer {
  const { host, pathname } = new URL(address);
  const body = bodyOf(request.body);
  const headers: Record<string, string> = {
    Host: host,
    Connection: 'close',
    ...(body === undefined ? {} : { ...JSON_TYPE, 'Content-Length': String(body.length) }),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`${methodOf(request)} ${pathname.replace(/\/$/, '')}${request.path} HTTP/1.1`, ...lines, '', ''].join(
    '\r\n',
  );
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

const nameOf = (request: Request): string => `${methodOf(request)} ${request.path}`;

/** An answer in a few words, for people. */
export function describeAnswer({ status, body }: RawAnswer): string {
  return body === '' ? `${status} without a body` : `${status} ${shorten(body)}`;
}

export const shorten = (text: string, limit = 200): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;

const methodOf = ({ method, body }: Request): string => method ?? (body === undefined ? 'GET' : 'POST');

function bodyOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
