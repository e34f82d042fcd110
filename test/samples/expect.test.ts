/** Owns the proof that the replayer notices wrong answers: each kind of expectation is shown a right and a wrong one. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { replay } from './expect.ts';
import { Expectations } from './expect-format.ts';

let server: Server;
let address: string;
let calls = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    calls += 1;
    if (request.url === '/a/b') return response.writeHead(307, { location: '../c?d=1' }).end();
    if (request.url === '/every-other') return response.writeHead(calls % 2 ? 200 : 429).end(String(calls % 2));
    const type = request.headers['content-type'] ?? 'none';
    response.writeHead(200, { 'content-type': 'application/json', 'x-type': type }).end(await text(request));
  });
  const sockets = new WebSocketServer({
    server,
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.cookie !== 'forged',
  });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data).toUpperCase())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const BODY = { method: 'POST', path: '/echo', body: { numbers: [40, 2.5] } };
const LINES = { method: 'POST', path: '/echo', text: 'one\n\ntwo\n' };

describe.each([
  ['status', BODY, { status: 200 }, { status: 201 }],
  ['json', BODY, { status: 200, json: { numbers: [40, 2.5] } }, { status: 200, json: { numbers: [40] } }],
  ['text', BODY, { status: 200, text: '{"numbers":[40,2.5]}' }, { status: 200, text: '{"numbers":[40,2.50]}' }],
  ['lines', LINES, { status: 200, lines: ['one', 'two'] }, { status: 200, lines: ['one'] }],
  ['contains', LINES, { status: 200, contains: ['one', 'two'] }, { status: 200, contains: ['one', 'three'] }],
  ['lacks', LINES, { status: 200, lacks: ['three'] }, { status: 200, lacks: ['three', 'two'] }],
  ['matches', LINES, { status: 200, matches: '^t.o$' }, { status: 200, matches: '^wo$' }],
  [
    'headers',
    LINES,
    { status: 200, headers: { 'x-type': 'none' } },
    { status: 200, headers: { 'x-type': 'text/plain' } },
  ],
  ['location', { path: '/a/b' }, { status: 307, location: '/c?d=1' }, { status: 307, location: '/a/c?d=1' }],
  [
    'statuses',
    { path: '/every-other', concurrent: 4 },
    { statuses: { 200: 2, 429: 2 }, bodies: ['0', '1'] },
    { statuses: { 200: 4 } },
  ],
  ['eventually', { path: '/every-other', eventually: true }, { status: 200, text: '1' }, { status: 200, text: '2' }],
  ['refused', { path: '/', websocket: [], headers: { cookie: 'forged' } }, { refused: 401 }, { refused: 403 }],
  ['messages', { path: '/', websocket: ['a', 'b'] }, { messages: ['A', 'B'] }, { messages: ['A', 'b'] }],
])('%s', (_kind, request, right, wrong) => {
  test('a right answer passes', () => replay(parse({ ...request, expect: right }), { address, prefix: '' }));
  test('a wrong answer fails', async () => {
    await expect(replay(parse({ ...request, expect: wrong }), { address, prefix: '' })).rejects.toThrow();
  });
});

test('a misspelt member is refused', () => {
  expect(() => parse({ ...BODY, expect: { status: 200, jsn: {} } })).toThrow();
});

function parse(request: object) {
  const run = { args: ['entrypoint.py'], requests: [{ title: 'a request', ...request }] };
  return Expectations.parse({ runs: [run] }).runs[0]!.requests[0]!;
}
