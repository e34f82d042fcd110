/** Owns the proof that a stop ends everything in time: running calls, the job's own shutdown, and every process. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { serve } from '../smoke/command.ts';
import {
  call,
  expectNothingLeft,
  forgiveFolders,
  get,
  isolateTemporaryFiles,
  JOBS,
  MARKED,
  markedProcesses,
  start,
  stop,
  writeJob,
} from './running.ts';

isolateTemporaryFiles();
afterEach(expectNothingLeft);

/** Stops a job whose `shutdown` this is; returns its log and what the shutdown has written. */
async function shutDown(
  body: string,
  args: readonly string[] = [],
): Promise<{ log: string; note: string; folder: string }> {
  const folder = writeJob(`
import asyncio, os, signal, sys, time
def note(text):
    with open("note", "a") as file:
        file.write(text)
class Job:
    def perform(self): return os.getpid()
${body}`);
  const job = await start('job.py', { cwd: folder, args });
  expect((await call(job)).status).toBe(200);
  await stop(job);
  const file = join(folder, 'note');
  return { log: job.logs(), note: existsSync(file) ? readFileSync(file, 'utf8') : '', folder };
}

describe("the job's shutdown", () => {
  test('is run', async () => {
    expect((await shutDown('    def shutdown(self): note("done")')).note).toBe('done');
  });

  test('is run in every worker', async () => {
    const { note } = await shutDown('    def shutdown(self): note("done")', ['--workers', '3']);
    expect(note).toMatch(/^(done){1,3}$/);
  });

  test('is awaited when it is a coroutine', async () => {
    const body = '    async def shutdown(self):\n        await asyncio.sleep(0.05)\n        note("done")';
    expect((await shutDown(body)).note).toBe('done');
  });

  test.each([
    ['raises', 'raise RuntimeError("cannot stop")', /ERROR shutdown failed: cannot stop/],
    ['calls sys.exit', 'sys.exit(3)', /ERROR shutdown failed: .*sys\.exit\(3\)/],
  ])('that %s is logged', async (_, body, line) => {
    const { log, note } = await shutDown(`    def shutdown(self):\n        note("begun")\n        ${body}`);
    expect(note).toBe('begun');
    expect(log).toMatch(line);
  });

  test.each([
    ['hangs', 'time.sleep(60)'],
    ['computes for ever', 'while True: pass'],
    ['ignores signals and hangs', 'os.system("sleep 60")'],
    ['forks and hangs', 'os.fork(); time.sleep(60)'],
    ['ends the process', 'os._exit(5)'],
  ])('that %s is ended within the grace time', async (_, body) => {
    const before = Date.now();
    const { note } = await shutDown(`    def shutdown(self):\n        note("x")\n        ${body}`, ['--grace', '0.4']);
    expect(note).toBe('x');
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  test('may use what the job has, and exit handlers run', async () => {
    const body =
      '    def __init__(self):\n        import atexit\n        atexit.register(note, "exit")\n    def shutdown(self): note("shutdown ")';
    expect((await shutDown(body)).note).toBe('shutdown exit');
  });
});

describe('a stop', () => {
  test('lets running calls end, and refuses new ones', async () => {
    const job = await start('troubles.py', { args: ['--max-concurrency', '2', '--grace', '5'] });
    const running = [0.5, 0.5, 0.1].map((seconds) => call(job, 'sleep', { seconds })); // the third one waits
    await sleep(100);
    const stopped = stop(job);
    await sleep(20);
    expect((await get(job, '/ready')).status).toBe(500);
    const late = await call(job);
    expect(late.status).toBe(503);
    expect(late.headers.get('x-racetrack-fault')).toBe('platform');
    expect(JSON.parse(late.text)).toMatchObject({ type: 'ShuttingDown' });
    expect((await Promise.all(running)).map((answer) => answer.status)).toEqual([200, 200, 200]);
    await stopped;
    await expect(get(job, '/live')).rejects.toThrow();
  });

  test('takes calls until the drain delay is over', async () => {
    const job = await start('troubles.py', { args: ['--drain', '0.6'] });
    const stopped = stop(job);
    await sleep(50);
    expect((await get(job, '/ready')).status).toBe(500);
    expect((await get(job, '/live')).status).toBe(200);
    expect((await call(job)).status).toBe(200);
    await stopped;
  });

  test.each(['spin', 'endless'])('cuts a call that goes on after the grace time (%s)', async (endpoint) => {
    const job = await start('troubles.py', { args: ['--grace', '0.4'] });
    const running = call(job, endpoint).catch(() => ({ status: 0 }));
    await sleep(100);
    const before = Date.now();
    await stop(job);
    expect(Date.now() - before).toBeLessThan(8_000);
    expect([0, 502, 503]).toContain((await running).status);
  });

  test('at any moment of the start leaves nothing behind', async () => {
    for (let delay = 0; delay < 200; delay += 25) {
      const job = await start('troubles.py', { waitFor: 'listening', args: ['--workers', '2', '--grace', '1'] });
      await sleep(delay);
      await stop(job);
    }
    await expectNothingLeft();
  });

  test('asked for twice is one', async () => {
    const job = await start('troubles.py');
    await Promise.all([job.stop(), job.stop()]);
    await job.stop();
  });
});

describe('the command', () => {
  const run = (args: readonly string[] = []) => serve([join(JOBS, 'troubles.py'), ...args], { cwd: JOBS, env: MARKED });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 after %s, its running call answered', async (signal) => {
    const command = await run();
    await command.shows('Server is ready');
    const running = call(command, 'sleep', { seconds: 0.5 });
    await sleep(100);
    expect(await command.stop(signal)).toEqual({ code: 0, signal: null });
    expect((await running).status).toBe(200);
    expect(command.output()).toMatch(/Server has stopped/);
  });

  test('ends at once at the second signal', async () => {
    const command = await run();
    await command.shows('Server is ready');
    const running = call(command, 'spin').catch(() => undefined);
    await sleep(100);
    process.kill(command.pid, 'SIGTERM');
    await command.shows('shutting down');
    expect(await command.stop('SIGINT')).toEqual({ code: 130, signal: null });
    await running;
  });

  test('killed leaves no process, not even what a call has started', async () => {
    const command = await run(['--workers', '2']);
    await command.shows('Server is ready');
    expect((await call(command, 'grandchild')).status).toBe(200);
    expect((await call(command, 'daemon')).status).toBe(200);
    const running = call(command, 'spin').catch(() => undefined);
    await sleep(100);
    await command.stop('SIGKILL');
    await running;
    await vi.waitFor(() => expect(markedProcesses()).toEqual([]), 5_000);
    forgiveFolders(); // nobody was left to remove it
  });
});
