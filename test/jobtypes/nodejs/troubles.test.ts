/** Failures through a real server: what callers and the log are told, and what becomes of the worker. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

const ENTRYPOINT = join(import.meta.dirname, 'jobs/troubles.ts');
let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: ENTRYPOINT });
});
afterAll(() => job.stop());

const ask = (name: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${job.address}/api/v1/perform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name }),
    ...(signal && { signal }),
  });

test.each([
  ['plain', 500, 'job', { error: 'plain', type: 'Error' }],
  ['notFound', 404, 'caller', { error: 'no such thing', type: 'NotFound' }],
  ['named', 500, 'job', { error: 'named', type: 'OwnName' }],
  ['headers', 503, 'job', { error: 'later', type: 'Error' }],
  ['oddStatus', 500, 'job', { error: 'odd', type: 'Error' }],
  ['text', 500, 'job', { error: 'only text', type: 'string' }],
  ['nothing', 500, 'job', { error: 'undefined', type: 'undefined' }],
  ['object', 500, 'job', { error: '{"reason":"an object"}', type: 'object' }],
  ['cause', 500, 'job', { error: 'above', type: 'Error' }],
  ['several', 500, 'job', { error: 'All promises were rejected: a, b', type: 'AggregateError' }],
  ['evil', 500, 'job', { error: 'an error whose message cannot be shown', type: 'Error' }],
  ['hostile', 500, 'job', { error: 'an error that cannot be looked at: hostile', type: 'Error' }],
  ['timer', 500, 'job', { error: 'in a timer', type: 'Error' }],
  ['stray', 500, 'job', { error: 'stray', type: 'Error' }],
])('%s', async (name, status, fault, body) => {
  const response = await ask(name);
  expect([response.status, response.headers.get('x-racetrack-fault'), await response.json()]).toEqual([
    status,
    fault,
    body,
  ]);
});

test('the log has the root cause and the lines of the source', () => {
  expect(job.logs()).toMatch(
    /ERROR plain, cause=Error, traceback="[^"]*troubles\.ts:\d+, [^"]*troubles\.ts:15", fault=job/,
  );
  expect(job.logs()).toMatch(/ERROR above, cause=RangeError, traceback=[^\n]*troubles\.ts:38/);
});

test('headers of an error are sent if they are allowed', async () => {
  const { headers } = await ask('headers');
  expect([headers.get('retry-after'), headers.get('x-good'), headers.get('x-bad')]).toEqual(['7', 'g', null]);
  expect(headers.get('content-type')).toBe('application/json');
});

test('a rejection after the answer is logged, and the worker goes on', async () => {
  expect(await (await ask('strayLater')).json()).toBe('answered');
  await expect.poll(() => job.logs()).toContain('uncaught rejection: after the answer');
  expect((await ask('notFound')).status).toBe(404);
  expect(job.logs()).not.toContain('a new one takes its place');
});

test('a job that ends its process is replaced', async () => {
  const response = await ask('exit');
  expect([response.status, await response.json()]).toMatchObject([502, { type: 'JobCrashed' }]);
  expect(await (await ask('strayLater')).json()).toBe('answered');
});

test('the signal is aborted when the caller leaves and when the time is over', async () => {
  const before = Number(await (await ask('cancelled')).json());
  const left = new AbortController();
  const asked = ask('silent', {}, left.signal).catch((error: Error) => error.name);
  await new Promise((resolve) => setTimeout(resolve, 200));
  left.abort();
  expect(await asked).toBe('AbortError');
  expect((await ask('silent', { 'x-request-timeout': '0.2' })).status).toBe(504);
  await expect.poll(async () => Number(await (await ask('cancelled')).json())).toBe(before + 2);
});

test('calls that compute are answered one after the other, those given up before their turn never run', async () => {
  const answers: string[] = [];
  const calls = Array.from({ length: 4 }, (_, at) => {
    const timeout = at === 3 ? { 'x-request-timeout': '0.4' } : {};
    return ask('busy', timeout).then((response) => answers.push(`${at} ${response.status}`));
  });
  await Promise.all(calls);
  expect(answers).toHaveLength(4);
  expect(answers).toContain('3 504');
});

test('what the job says has a level, and the tracing id of its call', async () => {
  await ask('console', { 'x-request-tracing-id': 'trace-1' });
  const lines = job
    .logs()
    .split('\n')
    .filter((line) => line.includes('trace-1'));
  expect(lines.some((line) => /DEBUG a debug line, tracing_id=trace-1/.test(line))).toBe(true);
  expect(lines.some((line) => line.includes('INFO  an info line { deep: { er: [ 1, 2 ] } }'))).toBe(true);
  expect(lines.some((line) => /WARN {2}a warning/.test(line))).toBe(true);
  expect(lines.some((line) => /ERROR an error\\nin two lines/.test(line))).toBe(true);
});
