/** Generators through a real server: the three forms of their answers, failures, back-pressure, and callers who leave. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: join(import.meta.dirname, 'jobs/streams.ts') });
});
afterAll(() => job.stop());

const LINES = 'application/x-ndjson';
const EVENTS = 'text/event-stream';

interface Asked {
  readonly input?: object;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

const ask = (path: string, { input = {}, accept = '*/*', signal }: Asked = {}) =>
  fetch(`${job.address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(input),
    ...(signal && { signal }),
  });

const seen = async () => (await (await ask('/seen')).json()) as { yielded: number; closed: number; aborted: number };

test.each([
  ['/perform', '*/*', 'application/json', '[{"step":1},{"step":2},{"step":3}]'],
  ['/perform', LINES, LINES, '{"step":1}\n{"step":2}\n{"step":3}\n'],
  ['/perform', 'application/jsonl;q=0.9', LINES, '{"step":1}\n{"step":2}\n{"step":3}\n'],
  ['/perform', EVENTS, EVENTS, 'data: {"step":1}\n\ndata: {"step":2}\n\ndata: {"step":3}\n\nevent: end\ndata:\n\n'],
  ['/sync', 'text/html, application/json', 'application/json', '[1,2,3]'],
  ['/sync', LINES, LINES, '1\n2\n3\n'],
  ['/iterator', LINES, LINES, '1\n2\n3\n'],
])('%s for those who accept %s', async (path, accept, mediaType, text) => {
  const response = await ask(path, { accept });
  expect(response.headers.get('content-type')).toBe(mediaType);
  expect(await response.text()).toBe(text);
});

test.each([
  [EVENTS, 'event: end\ndata:\n\n'],
  [LINES, ''],
  ['*/*', '[]'],
])('a generator without items, %s', async (accept, text) => {
  expect(await (await ask('/sync', { accept, input: { count: 0 } })).text()).toBe(text);
});

test('a failure before the first item is an ordinary error, in every form', async () => {
  for (const accept of ['*/*', LINES, EVENTS]) {
    const response = await ask('/perform', { accept, input: { failAfter: 1 } });
    expect([response.status, await response.json()]).toEqual([418, { error: 'no more', type: 'Error' }]);
  }
  expect((await ask('/sync', { accept: '*/*', input: { failAfter: 3 } })).status).toBe(500);
});

test('a later failure is the last item', async () => {
  const lines = await ask('/sync', { accept: LINES, input: { failAfter: 3 } });
  expect([lines.status, await lines.text()]).toEqual([200, '1\n2\n{"error":"no more","type":"RangeError"}\n']);
  const events = await ask('/perform', { accept: EVENTS, input: { failAfter: 2 } });
  expect(await events.text()).toBe('data: {"step":1}\n\nevent: error\ndata: {"error":"no more","type":"Error"}\n\n');
});

test('a rejection nobody waits for breaks the stream off', async () => {
  const response = await ask('/stray', { accept: LINES });
  expect(await response.text()).toBe('1\n{"error":"stray","type":"Error"}\n');
});

test('many items arrive in order and whole', async () => {
  const response = await ask('/sync', { accept: LINES, input: { count: 50_000 } });
  const numbers = (await response.text()).trimEnd().split('\n').map(Number);
  expect(numbers).toEqual(Array.from({ length: 50_000 }, (_, at) => at + 1));
});

test('a slow reader holds the generator back', async () => {
  const left = new AbortController();
  const before = await seen();
  const response = await ask('/endless', { accept: LINES, signal: left.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  let [last, now] = [-1, (await seen()).yielded];
  while (last !== now) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    [last, now] = [now, (await seen()).yielded];
  }
  expect(now * 10_000).toBeLessThan(30 * 1024 * 1024); // what the sockets hold, and not what could be made meanwhile
  left.abort();
  await expect.poll(async () => (await seen()).closed, { timeout: 10_000 }).toBe(before.closed + 1);
});

test.each([
  ['/endless', LINES],
  ['/endless', '*/*'],
  ['/endless-sync', '*/*'],
  ['/endless-sync', LINES],
  ['/waiting', LINES],
  ['/waiting', '*/*'],
])('%s is closed when a caller who accepts %s leaves', async (path, accept) => {
  const left = new AbortController();
  const before = await seen();
  const asked = ask(path, { accept, signal: left.signal, input: { size: 100 } })
    .then((response) => response.text())
    .catch((error: Error) => error.name);
  await new Promise((resolve) => setTimeout(resolve, 200));
  left.abort();
  expect(await asked).toBe('AbortError');
  await expect.poll(async () => (await seen()).closed, { timeout: 10_000 }).toBe(before.closed + 1);
  if (path === '/waiting') expect((await seen()).aborted).toBe(before.aborted + 1);
});
