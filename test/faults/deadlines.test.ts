/** Owns the proof that nobody waits for ever: deadlines, callers that leave, queues, and streams that break off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { exchange, post, RawClient } from '../../wrapper/verify/raw-client.ts';
import { bothWorkers, call, expectNothingLeft, get, isolateTemporaryFiles, start } from './running.ts';

isolateTemporaryFiles();
afterEach(expectNothingLeft);

const NDJSON = { accept: 'application/x-ndjson' };
const metric = async (job: WrapperUnderTest, line: RegExp) => Number(line.exec((await get(job, '/metrics')).text)?.[1]);
const QUEUE = /^racetrack_queue_length (\d+)/m;

/** How many generators the job has seen closed. */
async function closedOf(job: WrapperUnderTest, file: string): Promise<number> {
  if (file === 'troubles.py') return Number((await call(job, 'closed')).text);
  return JSON.parse((await call(job, 'ended')).text).closed;
}

/** A caller that asks and leaves without reading the answer. */
async function leaveAfter(job: WrapperUnderTest, milliseconds: number, request: string): Promise<void> {
  const client = new RawClient(job.address);
  client.send(request);
  await sleep(milliseconds);
  client.destroy();
}

describe('a call that never returns', () => {
  test.each([
    ['computing', {}],
    ['ignoring SIGTERM', { STUBBORN: '1' }],
  ])('(%s) is a 504, its worker is replaced, the other one is not', async (_, env) => {
    const job = await start('troubles.py', { env, args: ['--workers', '2', '--timeout', '1', '--overrun', '0.3'] });
    await bothWorkers(job);
    expect((await call(job, 'grandchild')).status).toBe(200);

    const stuck = call(job, 'spin');
    await sleep(50);
    for (let n = 0; n < 10; n++) expect((await call(job)).status).toBe(200);
    const answer = await stuck;
    expect(answer.status).toBe(504);
    expect(answer.headers.get('x-racetrack-fault')).toBe('job');
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'JobTimeout', error: expect.stringContaining('1 s') });

    await vi.waitFor(() => expect(job.logs()).toMatch(/a new one takes its place/), { timeout: 3_000 });
    expect((await call(job)).status).toBe(200);
    expect(job.logs().match(/a new one takes its place/g)).toHaveLength(1);
    expect(await metric(job, /^racetrack_worker_restarts_total\{reason="timeout"\} (\d+)/m)).toBe(1);
  });

  test('is known to the job, also the one that the caller asks for', async () => {
    const job = await start('troubles.py', { args: ['--timeout', '1000'] });
    const remaining = async (headers = {}) => Number((await call(job, 'remaining', {}, headers)).text);
    expect(await remaining()).toBeGreaterThan(900);
    expect(await remaining()).toBeLessThanOrEqual(1000);
    expect(await remaining({ 'x-request-timeout': '500' })).toBeGreaterThan(400);
    expect(await remaining({ 'x-request-timeout': '500' })).toBeLessThanOrEqual(500);
    const unlimited = await start('troubles.py', { args: ['--timeout', '0'] });
    expect((await call(unlimited, 'remaining')).text).toBe('null');
  });

  test('the caller may ask for less time', async () => {
    const job = await start('troubles.py', { args: ['--overrun', '0.2'] });
    const answer = await call(job, 'spin', {}, { 'x-request-timeout': '0.2' });
    expect(answer.status).toBe(504);
    expect((await call(job)).status).toBe(200);
  });

  test('a late answer is dropped, and the worker goes on', async () => {
    const job = await start('troubles.py', { args: ['--timeout', '0.2', '--overrun', '5'] });
    const { pid } = JSON.parse((await call(job)).text);
    expect((await call(job, 'sleep', { seconds: 0.5 })).status).toBe(504);
    await sleep(500);
    expect(JSON.parse((await call(job)).text).pid).toBe(pid);
  });
});

describe('a queue', () => {
  test('refuses what is too much (E13): 200, 200, 200, 429, 429', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '1', '--max-queue', '2'] });
    const calls: Promise<{ status: number; text: string; headers: Headers }>[] = [];
    for (let n = 0; n < 5; n++) {
      calls.push(call(job, 'sleep', { seconds: 0.3 }));
      await sleep(30);
    }
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429, 429]);
    expect(JSON.parse(answers[4]?.text ?? '')).toEqual({
      detail:
        'too many requests waiting in a queue. Job is set to process 1 requests concurrently with a queue of max size 2',
    });
    expect(answers[4]?.headers.get('retry-after')).toBe('1');
    expect(answers[4]?.headers.get('x-racetrack-fault')).toBe('platform');
  });

  test('of size 0 lets nobody wait', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '1', '--max-queue', '0'] });
    const first = call(job, 'sleep', { seconds: 0.3 });
    await sleep(60);
    expect((await call(job)).status).toBe(429);
    expect((await first).status).toBe(200);
    expect((await call(job)).status).toBe(200);
  });

  test('drops the call of a caller who has left', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '1'] });
    const first = call(job, 'sleep', { seconds: 0.5 });
    await sleep(50);
    const hoard = '{"megabytes":0}';
    await leaveAfter(job, 100, post('/api/v1/hoard', [`Content-Length: ${hoard.length}`], hoard));
    expect(await metric(job, /^endpoint_requests_started_total\{endpoint="\/hoard"\} (\d+)/m)).toBe(1);
    expect((await first).status).toBe(200);
    await vi.waitFor(() => expect(job.logs()).toMatch(/Request cancelled by the client/));
    expect(job.logs()).not.toMatch(/hoard 200/);
  });

  test('answers a call whose deadline passes while it waits', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '1'] });
    const first = call(job, 'sleep', { seconds: 0.8 });
    await sleep(50);
    const waiting = await call(job, 'sleep', { seconds: 0 }, { 'x-request-timeout': '0.2' });
    expect(waiting.status).toBe(504);
    expect((await first).status).toBe(200);
    expect((await call(job)).status).toBe(200);
  });

  test('leaves probes alone: 42 sleepers, and /live answers (E24)', async () => {
    const job = await start('troubles.py');
    const sleepers = Array.from({ length: 42 }, () => call(job, 'sleep', { seconds: 0.7 }));
    await sleep(100);
    let probes = 0;
    const done = Promise.all(sleepers).then((answers) => answers.map((answer) => answer.status));
    const end = Date.now() + 400;
    while (Date.now() < end) {
      expect((await get(job, '/live')).status).toBe(200);
      probes += 1;
    }
    expect(probes).toBeGreaterThan(5);
    expect(new Set(await done)).toEqual(new Set([200]));
  });
});

describe('a caller who leaves', () => {
  test('cancels a coroutine', async () => {
    const job = await start('coroutines.py');
    const body = '{"seconds":60}';
    await leaveAfter(job, 100, post('/api/v1/perform', [`Content-Length: ${body.length}`], body));
    await vi.waitFor(async () => expect(JSON.parse((await call(job, 'ended')).text).cancelled).toBe(1), 3_000);
    await vi.waitFor(() => expect(job.logs()).toMatch(/Request cancelled by the client/));
  });

  test.each(['troubles.py', 'coroutines.py'])(
    'ends an endless stream, and the generator is closed (%s)',
    async (file) => {
      const job = await start(file);
      const client = new RawClient(job.address);
      client.send(post('/api/v1/endless', ['Accept: application/x-ndjson', 'Content-Length: 2'], '{}'));
      await vi.waitFor(() => expect(client.rest).toMatch(/\n5\n/), 5_000);
      client.destroy();
      const closed = async () => {
        if (file === 'troubles.py') return Number((await call(job, 'closed')).text);
        return JSON.parse((await call(job, 'ended')).text).closed;
      };
      await vi.waitFor(async () => expect(await closed()).toBe(1), 3_000);
    },
  );

  test('ends a stream that has nothing to say for a while', async () => {
    const job = await start('coroutines.py');
    const client = new RawClient(job.address);
    client.send(post('/api/v1/quiet', ['Accept: application/x-ndjson', 'Content-Length: 2'], '{}'));
    await vi.waitFor(() => expect(client.rest).toMatch(/\n1\n/), 5_000);
    client.destroy();
    await vi.waitFor(async () => expect(JSON.parse((await call(job, 'ended')).text).closed).toBe(1), 3_000);
  });

  test.each(['troubles.py', 'coroutines.py'])(
    'ends an endless generator even if it asked for plain JSON (%s)',
    async (file) => {
      const job = await start(file);
      await leaveAfter(job, 200, post('/api/v1/endless', ['Content-Length: 2'], '{}'));
      await vi.waitFor(async () => expect(await closedOf(job, file)).toBe(1), 3_000);
    },
  );

  test('leaves no place taken behind: a hundred of them, and one place', async () => {
    const job = await start('coroutines.py', { args: ['--max-concurrency', '1'] });
    const body = '{"seconds":60}';
    const request = post('/api/v1/perform', [`Content-Length: ${body.length}`], body);
    await Promise.all(Array.from({ length: 100 }, () => leaveAfter(job, 50, request)));
    await vi.waitFor(async () => expect((await call(job, 'perform', {})).status).toBe(200), 5_000);
    expect(await metric(job, QUEUE)).toBe(0);
  });

  test('who does not read holds up nobody else', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '2'] });
    const slow = new RawClient(job.address);
    slow.socket.pause();
    slow.send(post('/api/v1/endless', ['Accept: application/x-ndjson', 'Content-Length: 2'], '{}'));
    await sleep(100);
    for (let n = 0; n < 5; n++) expect((await call(job)).status).toBe(200);
    slow.destroy();
  });
});

describe('a generator that fails half-way', () => {
  test.each(['troubles.py', 'coroutines.py'])('is a 500 for plain JSON (%s)', async (file) => {
    const job = await start(file);
    const answer = await call(job, 'half');
    expect(answer).toMatchObject({ status: 500, text: '{"error":"\'half-way\'","type":"KeyError"}' });
    expect(answer.headers.get('x-racetrack-fault')).toBe('job');
  });

  test.each(['troubles.py', 'coroutines.py'])('is a last line of NDJSON, an event of a stream (%s)', async (file) => {
    const job = await start(file);
    const lines = (await call(job, 'half', {}, NDJSON)).text;
    expect(lines).toMatch(/^1\n(2\n)?\{"error":"'half-way'","type":"KeyError"\}\n$/);
    const events = (await call(job, 'half', {}, { accept: 'text/event-stream' })).text;
    expect(events).toMatch(
      /^data: 1\n\n(data: 2\n\n)?event: error\ndata: \{"error":"'half-way'","type":"KeyError"\}\n\n$/,
    );
    await vi.waitFor(() => expect(job.logs()).toMatch(/ERROR.*half-way/));
  });

  test('breaks off when its worker dies', async () => {
    const job = await start('troubles.py');
    const { pid } = JSON.parse((await call(job)).text);
    const client = new RawClient(job.address);
    client.send(post('/api/v1/endless', ['Accept: application/x-ndjson', 'Content-Length: 2'], '{}'));
    await vi.waitFor(() => expect(client.rest).toMatch(/\n5\n/), 5_000);
    process.kill(pid, 'SIGKILL');
    await client.end();
    expect(client.rest).not.toMatch(/\r\n0\r\n\r\n$/);
    expect((await call(job)).status).toBe(200);
  });
});

test('a coroutine that calls sys.exit gets a 500 and ends nothing', async () => {
  const job = await start('coroutines.py');
  const { text } = await call(job, 'perform', {});
  const answer = await call(job, 'exit');
  expect(answer).toMatchObject({ status: 500, text: expect.stringContaining('SystemExit') });
  expect((await call(job, 'perform', {})).text).toBe(text);
});

test('a deadline ends a stream that has begun', async () => {
  const job = await start('troubles.py', { args: ['--timeout', '0.5'] });
  const answer = exchange(
    job.address,
    post('/api/v1/endless', ['Accept: text/event-stream', 'Content-Length: 2'], '{}'),
  );
  expect(await answer).toBeUndefined();
  await vi.waitFor(async () => expect((await call(job, 'closed')).text).toBe('1'), 3_000);
});
