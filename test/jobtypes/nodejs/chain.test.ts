/** Chain calls through a stand-in gateway: what the callee is sent, and what becomes of its failures. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers by the name of the called job. */
const ANSWERS: Record<string, { status: number; headers?: Record<string, string>; body: string }> = {
  adder: { status: 200, body: '42' },
  broken: { status: 422, headers: { 'retry-after': '3' }, body: '{"error":"no numbers","type":"ValueError"}' },
  forbidden: { status: 401, body: 'who are you' },
  busy: { status: 429, headers: { 'x-racetrack-fault': 'platform' }, body: '{"detail":"too many"}' },
  page: { status: 200, body: '<html>' },
  moved: { status: 302, headers: { location: '/elsewhere' }, body: '' },
};

let gateway: Server;
let job: WrapperUnderTest;
const received: Received[] = [];

beforeAll(async () => {
  gateway = createServer(async (req, res) => {
    received.push({ url: req.url, headers: req.headers, body: await text(req) });
    const answer = ANSWERS[req.url?.split('/')[3] ?? ''];
    if (answer) res.writeHead(answer.status, answer.headers).end(answer.body); // any other is never answered
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  job = await startWrapper({
    entrypoint: join(import.meta.dirname, 'jobs/chain.ts'),
    env: { PUB_URL: `http://127.0.0.1:${port}/pub/`, AUTH_TOKEN: 'secret', JOB_NAME: 'caller' },
  });
}, 60_000);
beforeEach(() => received.splice(0));
afterAll(async () => {
  await job.stop();
  gateway.closeAllConnections();
  gateway.close();
});

const ask = async (input: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${job.address}/api/v1/perform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  });
  return { status: response.status, headers: response.headers, json: (await response.json()) as { error?: string } };
};

test('the callee gets the input, the token, the marks of the request and the time that is left', async () => {
  const marks = { 'x-request-tracing-id': 't1', 'x-caller-name': 'ada', traceparent: '00-a-b-01' };
  expect((await ask({}, { ...marks, 'x-request-timeout': '20' })).json).toBe(42);
  expect(received[0]).toMatchObject({ url: '/pub/job/adder/latest/api/v1/perform', body: '{"numbers":[40,2]}' });
  const { headers } = received[0] as Received;
  expect(headers).toMatchObject({ ...marks, 'x-racetrack-auth': 'secret', 'content-type': 'application/json' });
  const left = Number(headers['x-request-timeout']);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(20);
});

test('a failure that is not caught keeps the callee’s status and says who has failed', async () => {
  const { status, headers, json } = await ask({ job: 'broken' });
  expect([status, headers.get('x-racetrack-fault'), headers.get('retry-after')]).toEqual([422, 'job', '3']);
  expect(json).toMatchObject({ type: 'JobCallError' });
  expect(json.error).toContain('failed to call job "broken latest" by caller: ');
  expect(json.error).toContain('no numbers');
});

test.each([
  ['forbidden', 502, 'job'],
  ['busy', 429, 'platform'],
  ['page', 502, 'job'],
  ['moved', 502, 'job'],
])('%s becomes %s', async (name, status, fault) => {
  const answer = await ask({ job: name });
  expect([answer.status, answer.headers.get('x-racetrack-fault')]).toEqual([status, fault]);
});

test('a caught failure tells all about it', async () => {
  expect((await ask({ job: 'broken', caught: true })).json).toEqual({
    name: 'JobCallError',
    status: 422,
    type: 'ValueError',
    body: { error: 'no numbers', type: 'ValueError' },
    fault: 'job',
    retryAfter: '3',
    known: true,
  });
  expect((await ask({ job: 'forbidden', caught: true })).json).toMatchObject({ status: 401, body: 'who are you' });
});

test('no answer in time is 504, by the own timeout and by the caller’s', async () => {
  expect((await ask({ job: 'silent', timeout: 0.2, caught: true })).json).toMatchObject({ status: 504, fault: 'job' });
  const { status } = await ask({ job: 'silent' }, { 'x-request-timeout': '0.3' });
  expect(status).toBe(504);
});

test('a gateway that is not there is the platform’s fault', async () => {
  const lonely = await startWrapper({
    entrypoint: join(import.meta.dirname, 'jobs/chain.ts'),
    env: { PUB_URL: 'http://127.0.0.1:1/pub', AUTH_TOKEN: 'x' },
  });
  try {
    const response = await fetch(`${lonely.address}/api/v1/perform`, { method: 'POST' });
    expect([response.status, response.headers.get('x-racetrack-fault')]).toEqual([502, 'platform']);
  } finally {
    await lonely.stop();
  }
});
