/** Owns the proof that workers come and go under load without costing more calls than they were running. */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { bothWorkers, call, expectNothingLeft, get, isolateTemporaryFiles, start, writeJob } from './running.ts';

isolateTemporaryFiles();
afterEach(expectNothingLeft);

interface Tally {
  sent: number;
  ok: number;
  readonly failed: { status: number; retryAfter: string | null; fault: string | null }[];
}

/** So many callers, each with one call at a time, until `stop` is called. */
function load(job: WrapperUnderTest, callers: number, endpoint = 'sleep', body: unknown = { seconds: 0.01 }) {
  const tally: Tally = { sent: 0, ok: 0, failed: [] };
  let running = true;
  const work = async () => {
    while (running) {
      tally.sent += 1;
      const { status, headers } = await call(job, endpoint, body);
      if (status === 200) tally.ok += 1;
      else
        tally.failed.push({ status, retryAfter: headers.get('retry-after'), fault: headers.get('x-racetrack-fault') });
    }
  };
  const all = Promise.all(Array.from({ length: callers }, work));
  return {
    tally,
    stop: async () => {
      running = false;
      await all;
      return tally;
    },
  };
}

async function pidOf(job: WrapperUnderTest): Promise<number> {
  const { status, text } = await call(job);
  expect(status).toBe(200);
  return JSON.parse(text).pid;
}
const restarts = async (job: WrapperUnderTest, reason: string): Promise<number> => {
  const line = new RegExp(`^racetrack_worker_restarts_total\\{reason="${reason}"\\} (\\d+)`, 'm');
  return Number(line.exec((await get(job, '/metrics')).text)?.[1] ?? 0);
};

describe('a worker killed under load', () => {
  test.each(['1', '2'])('of %s fails only the calls it was running', async (workers) => {
    const job = await start('troubles.py', { args: ['--workers', workers, '--no-access-log'] });
    if (workers === '2') await bothWorkers(job);
    const callers = load(job, 16);
    for (let kill = 0; kill < 3; kill++) {
      await sleep(250);
      process.kill(await vi.waitFor(() => pidOf(job)), 'SIGKILL');
    }
    await sleep(250);
    const tally = await callers.stop();
    expect(tally.sent).toBe(tally.ok + tally.failed.length);
    expect(tally.ok).toBeGreaterThan(20);
    expect(tally.failed.length).toBeGreaterThan(0);
    expect(tally.failed.length).toBeLessThanOrEqual(3 * 16);
    for (const failure of tally.failed) expect(failure).toEqual({ status: 502, retryAfter: '1', fault: 'job' });
    expect(await restarts(job, 'crash')).toBe(3);
    expect((await call(job)).status).toBe(200);
    expect((await get(job, '/ready')).status).toBe(200);
  });

  test('while nothing runs fails nothing', async () => {
    const job = await start('troubles.py');
    const pid = await pidOf(job);
    process.kill(pid, 'SIGKILL');
    const next = await Promise.all(Array.from({ length: 5 }, () => call(job, 'sleep', { seconds: 0.01 })));
    expect(next.filter((answer) => answer.status !== 200).every((answer) => answer.status === 502)).toBe(true);
    expect(await pidOf(job)).not.toBe(pid);
  });

  test('that is stopped, not killed, holds up only its own calls', async () => {
    const job = await start('troubles.py', { args: ['--workers', '2', '--timeout', '0.5', '--overrun', '0.2'] });
    const [first = 0] = await bothWorkers(job);
    process.kill(first, 'SIGSTOP');
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(job)));
    const statuses = answers.map((answer) => answer.status);
    expect(new Set(statuses)).toEqual(new Set([200, 504]));
    await vi.waitFor(async () => expect(await restarts(job, 'timeout')).toBe(1), 3_000);
    expect((await call(job)).status).toBe(200);
  });
});

describe('the fork server', () => {
  test.each([1, 3])('killed %i times: the job is back, and nothing is left of the old workers', async (times) => {
    const job = await start('troubles.py');
    for (let n = 0; n < times; n++) {
      const { pid, parent } = JSON.parse((await call(job)).text);
      process.kill(parent, 'SIGKILL');
      await vi.waitFor(async () => expect(await pidOf(job)).not.toBe(pid), 5_000);
      expect((await get(job, '/live')).status).toBe(200);
    }
    expect((await get(job, '/ready')).status).toBe(200);
  });

  test('killed under load: every call is answered', async () => {
    const job = await start('troubles.py', { args: ['--workers', '2', '--no-access-log'] });
    const callers = load(job, 16);
    await sleep(200);
    const { parent } = JSON.parse((await call(job)).text);
    process.kill(parent, 'SIGKILL');
    await sleep(600);
    const tally = await callers.stop();
    for (const failure of tally.failed) expect(failure).toEqual({ status: 502, retryAfter: '1', fault: 'job' });
    expect(tally.failed.length).toBeLessThanOrEqual(16);
    expect((await call(job)).status).toBe(200);
  });
});

describe('a job that crashes in every call', () => {
  test('answers each with 502, restarts later and later, and serves the next good call', async () => {
    const job = await start('troubles.py', { args: ['--no-access-log'] });
    for (let n = 0; n < 5; n++) {
      expect((await call(job, 'os_exit')).status).toBe(502);
      expect((await get(job, '/live')).status).toBe(200);
    }
    expect((await get(job, '/ready')).status).toBe(500);
    expect((await call(job)).status).toBe(200);
    expect((await get(job, '/ready')).status).toBe(200);
    expect(await restarts(job, 'crash')).toBe(5);
  });

  test('and can no longer start: alive, not ready, and callers are told in time; mended, it serves again', async () => {
    const folder = writeJob(`
import os
class Job:
    def __init__(self):
        if os.path.exists("broken"):
            raise RuntimeError("it is broken now")
    def perform(self, end=False):
        if end:
            os._exit(1)
        return "fine"`);
    const job = await start('job.py', { cwd: folder });
    expect((await call(job)).text).toBe('"fine"');
    writeFileSync(`${folder}/broken`, '');
    expect((await call(job, 'perform', { end: true })).status).toBe(502);
    await vi.waitFor(async () =>
      expect(JSON.parse((await get(job, '/health')).text).error).toMatch(/it is broken now/),
    );
    expect((await get(job, '/ready')).status).toBe(500);
    expect((await get(job, '/live')).status).toBe(200);
    const waiting = await call(job, 'perform', {}, { 'x-request-timeout': '0.3' });
    expect([503, 504]).toContain(waiting.status);
    expect((await get(job, '/openapi.json')).status).toBe(200);
    rmSync(`${folder}/broken`);
    expect((await call(job)).text).toBe('"fine"');
    expect((await get(job, '/ready')).status).toBe(200);
  });
});

describe('recycling', () => {
  test('after --max-requests loses no call', async () => {
    const job = await start('troubles.py', { args: ['--max-requests', '20', '--no-access-log'] });
    const callers = load(job, 8, 'perform', {});
    await sleep(800);
    const tally = await callers.stop();
    expect(tally.failed).toEqual([]);
    expect(await restarts(job, 'max_requests')).toBeGreaterThan(2);
  });

  test('over --max-memory loses no call', async () => {
    const job = await start('troubles.py', { args: ['--max-memory', '120M', '--no-access-log'] });
    const pid = Number((await call(job, 'hoard', { megabytes: 150 })).text);
    const callers = load(job, 4);
    await vi.waitFor(async () => expect(await pidOf(job)).not.toBe(pid), 5_000);
    expect((await callers.stop()).failed).toEqual([]);
    expect(await restarts(job, 'max_memory')).toBeGreaterThan(0);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow());
  });
});

describe('a job that starts threads while it is imported', () => {
  const source = `
import os, threading, time
beats = []
def beat():
    while True:
        beats.append(1)
        time.sleep(0.01)
threading.Thread(target=beat, daemon=True).start()
class Job:
    def perform(self):
        before = len(beats)
        time.sleep(0.05)
        return {"pid": os.getpid(), "alive": len(beats) > before}
    def auxiliary_endpoints(self):
        return {"/exit": lambda: os._exit(1)}`;

  test('is served by processes that have them, and replaced when they end', async () => {
    const job = await start('job.py', { cwd: writeJob(source), args: ['--workers', '2'] });
    const seen = new Set<number>();
    await vi.waitFor(async () => {
      for (const { text } of await Promise.all([call(job), call(job), call(job)])) {
        const { pid, alive } = JSON.parse(text) as { pid: number; alive: boolean };
        expect(alive).toBe(true);
        seen.add(pid);
      }
      expect(seen.size).toBe(2);
    }, 5_000);
    expect((await call(job, 'exit')).status).toBe(502);
    expect(JSON.parse((await call(job)).text)).toMatchObject({ alive: true });
  });
});
