/** Owns replaying one request of an `expect.json` against a running job, and comparing the answer with the expected one. */
import { expect, vi } from 'vitest';
import WebSocket from 'ws';
import type { Answer, HttpRequest, Request, Tally, WebSocketRequest } from './expect-format.ts';

/** Where the job listens, and the prefix of this replay. */
export interface Target {
  readonly address: string;
  readonly prefix: string;
}

/** What came back, as far as it is compared. */
interface Reply {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Makes the request and throws an assertion error where the answer differs from the expected one. */
export async function replay(request: Request, target: Target): Promise<void> {
  if ('websocket' in request) return replayWebSocket(request, target);
  if (request.eventually) return vi.waitFor(() => replayOnce(request, target), { timeout: 5_000, interval: 50 });
  return replayOnce(request, target);
}

async function replayOnce(request: HttpRequest, target: Target): Promise<void> {
  const replies = await Promise.all(Array.from({ length: request.concurrent ?? 1 }, () => send(request, target)));
  if ('statuses' in request.expect) return checkTally(replies, request.expect);
  for (const reply of replies) checkAnswer(reply, request.expect, target);
}

async function send(request: HttpRequest, target: Target): Promise<Reply> {
  const url = target.address + target.prefix + request.path;
  const headers = new Headers(request.headers);
  if (request.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const body = request.body === undefined ? request.text : JSON.stringify(request.body);
  const response = await fetch(url, {
    method: request.method,
    headers,
    redirect: 'manual',
    // Bytes, because a text would be given a Content-Type that the caller did not ask for.
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return { url, status: response.status, headers: response.headers, body: await response.text() };
}

function checkTally(replies: readonly Reply[], tally: Tally): void {
  const statuses: Record<string, number> = {};
  for (const { status } of replies) statuses[status] = (statuses[status] ?? 0) + 1;
  expect(statuses).toEqual(tally.statuses);
  if (tally.bodies) expect([...new Set(replies.map((reply) => reply.body))].sort()).toEqual([...tally.bodies].sort());
}

function checkAnswer(reply: Reply, answer: Answer, target: Target): void {
  const { status, headers, body } = reply;
  expect({ status, body }, reply.url).toEqual({ status: answer.status, body });
  if (answer.json !== undefined) expect(JSON.parse(body)).toEqual(answer.json);
  if (answer.text !== undefined) expect(body).toBe(answer.text);
  if (answer.lines) expect(body.split('\n').filter((line) => line !== '')).toEqual(answer.lines);
  for (const part of answer.contains ?? []) expect(body).toContain(part);
  for (const part of answer.lacks ?? []) expect(body).not.toContain(part);
  if (answer.matches !== undefined) expect(body).toMatch(new RegExp(answer.matches, 'm'));
  for (const [name, value] of Object.entries(answer.headers ?? {})) expect(headers.get(name), name).toBe(value);
  if (answer.location !== undefined) {
    const { pathname, search } = new URL(headers.get('location') ?? '', reply.url);
    expect(pathname + search).toBe(answer.location.replace('{prefix}', target.prefix));
  }
}

async function replayWebSocket(
  { path, headers, websocket, expect: expected }: WebSocketRequest,
  target: Target,
): Promise<void> {
  const socket = new WebSocket(target.address.replace(/^http/, 'ws') + target.prefix + path, { headers });
  const received: string[] = [];
  let refused: number | undefined;
  await new Promise<void>((resolve, reject) => {
    socket.on('unexpected-response', (_, response) => {
      refused = response.statusCode;
      socket.terminate();
    });
    socket.on('open', () => {
      for (const message of websocket) socket.send(message);
    });
    socket.on('message', (data) => {
      received.push(String(data));
      if ('messages' in expected && received.length === expected.messages.length) socket.close();
    });
    socket.on('close', () => resolve());
    socket.on('error', (error) => refused ?? reject(error));
  });
  expect(refused === undefined ? { messages: received } : { refused }).toEqual(expected);
}
