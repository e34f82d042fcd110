/** Owns the proof that streams are whole, in order, apart from each other, and never further ahead than their readers allow. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { post } from '../../wrapper/verify/raw-client.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start } from './running.ts';

const NDJSON = { accept: 'application/x-ndjson' };
const EVENTS = { accept: 'text/event-stream' };
/** Nothing here waits for it. */
const LIMIT = { timeout: 20_000 };

let job: WrapperUnderTest;
isolateTemporaryFiles();
beforeAll(async () => {
  job = await start('streams.py', { args: ['--grace', '1'] }); // some generators sleep for a minute
});
afterAll(expectNothingLeft);

const state = async () => JSON.parse((await call(job, 'state')).text) as { produced: number; closed: number };

/** Begins a stream and leaves its reading to the caller. */
async function open(endpoint: string, body: object, headers: Record<string, string> = NDJSON) {
  const leaving = new AbortController();
  const answer = await fetch(`${job.address}/api/v1/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  return { reader, leave: () => leaving.abort() };
}

describe('a stream', () => {
  test.each([0, 1, 2, 1000, 30_000])('of %i items is whole and in order', async (count) => {
    const { status, text } = await call(job, 'perform', { count }, NDJSON);
    const numbers = text
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { number: number }).number);
    expect([status, numbers]).toEqual([200, Array.from({ length: count }, (_, number) => number)]);
  });

  test('of items larger than the window is whole', async () => {
    const { text } = await call(job, 'perform', { count: 5, size: 1_000_000 }, NDJSON);
    expect(text.length).toBeGreaterThan(5_000_000);
    expect(text.split('\n')).toHaveLength(6);
  });

  test('of events ends with one that says so', async () => {
    const { text } = await call(job, 'perform', { count: 1, size: 0 }, EVENTS);
    expect(text).toBe('data: {"number":0,"text":""}\n\nevent: end\ndata:\n\n');
  });

  test('of a generator that a coroutine returns is streamed', async () => {
    expect((await call(job, 'later', { count: 3 }, NDJSON)).text).toBe('0\n1\n2\n');
  });

  test('encodes what a plain answer would, in the same way', async () => {
    const { text } = await call(job, 'odd', {}, NDJSON);
    expect(text.split('\n').slice(0, -1)).toEqual(
      JSON.parse((await call(job, 'odd')).text).map((item: unknown) => JSON.stringify(item)),
    );
  });

  test.each([
    ['NDJSON', NDJSON, '0\n1\n{"error":"\'half-way\'","type":"KeyError"}\n'],
    ['events', EVENTS, 'data: 0\n\ndata: 1\n\nevent: error\ndata: {"error":"\'half-way\'","type":"KeyError"}\n\n'],
  ])('that fails half-way says so in its last piece: %s', async (_, headers, text) => {
    expect(await call(job, 'half', { count: 2 }, headers)).toMatchObject({ status: 200, text });
  });

  test('that fails before its first item is an ordinary error', async () => {
    const { status, text } = await call(job, 'half', { count: 0 }, EVENTS);
    expect([status, text]).toEqual([500, '{"error":"\'half-way\'","type":"KeyError"}']);
  });

  test('whose generator fails at its end says so', async () => {
    expect((await call(job, 'stubborn', {}, NDJSON)).text).toBe(
      '1\n2\n{"error":"the end fails","type":"RuntimeError"}\n',
    );
  });

  test('begins before the second item is there', async () => {
    const { reader, leave } = await open('slow', { seconds: 60, count: 2 });
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('0\n');
    leave();
  });
});

describe('many streams at once', () => {
  test('keep their requests and their own contexts apart', async () => {
    const marks = Array.from({ length: 16 }, (_, number) => `m${number}`);
    const answers = await Promise.all(
      marks.map((mark) => call(job, 'marked', { count: 3000 }, { ...NDJSON, 'x-mark': mark })),
    );
    for (const [at, { text }] of answers.entries()) {
      expect(new Set(text.split('\n').slice(0, -1))).toEqual(new Set([`["${marks[at]}","${marks[at]}"]`]));
    }
  });

  test('that never end leave room for other calls', async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => open('endless', { size: 10 })));
    const pumps = streams.map(async ({ reader }) => {
      while (!(await reader.read()).done);
    });
    for (let number = 0; number < 20; number += 1) expect((await call(job, 'state')).status).toBe(200);
    for (const { leave } of streams) leave();
    await Promise.allSettled(pumps);
  });

  test('that wait for their next item hold up nobody', async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => open('slow', { seconds: 60, count: 2 })));
    expect((await call(job, 'perform', { count: 2 }, NDJSON)).status).toBe(200);
    for (const { leave } of streams) leave();
  });
});

test('a caller who leaves before the stream exists ends it all the same', async () => {
  const fresh = await start('streams.py');
  const leaving = new AbortController();
  const answer = fetch(`${fresh.address}/api/v1/late`, {
    method: 'POST',
    headers: { ...NDJSON, 'content-type': 'application/json' },
    body: '{"seconds":1}',
    signal: leaving.signal,
  });
  const running = async () => (await get(fresh, '/metrics')).text.match(/^racetrack_running_calls (\d+)$/m)?.[1];
  await vi.waitFor(async () => expect(await running()).toBe('1'), LIMIT);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await vi.waitFor(async () => expect(await running()).toBe('0'), LIMIT);
});

describe('a reader that does not read', () => {
  test('stops the generator, which goes on when it does, and is closed when it leaves', async () => {
    const before = await state();
    const socket = connect(Number(new URL(job.address).port), '127.0.0.1');
    socket.pause();
    const head = ['Content-Type: application/json', 'Accept: application/x-ndjson', 'Content-Length: 2'];
    socket.write(post('/api/v1/endless', head, '{}'));
    const produced = await vi.waitFor(async () => {
      const first = (await state()).produced;
      await sleep(300);
      expect(first).toBeGreaterThan(before.produced);
      expect((await state()).produced).toBe(first);
      return first;
    }, LIMIT);
    // What the system keeps for a connection comes on top of the 256 KiB.
    expect((produced - before.produced) * 10_000).toBeLessThan(30_000_000);
    socket.resume();
    await vi.waitFor(async () => expect((await state()).produced).toBeGreaterThan(produced + 500), LIMIT);
    socket.destroy();
    await vi.waitFor(async () => expect((await state()).closed).toBeGreaterThan(before.closed), LIMIT);
  });
});
