/** Owns the proof that a call may do its worst: it gets an answer, and takes nothing with it but, at most, its own worker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { bothWorkers, call, expectNothingLeft, get, isolateTemporaryFiles, start } from './running.ts';

isolateTemporaryFiles();

const pidOf = async (job: WrapperUnderTest): Promise<number> => JSON.parse((await call(job)).text).pid;

describe('a worker survives a call that', () => {
  let job: WrapperUnderTest;
  let pid: number;

  beforeAll(async () => {
    job = await start('troubles.py');
    pid = await pidOf(job);
  });
  afterEach(async () => expect(await pidOf(job)).toBe(pid));
  afterAll(expectNothingLeft);

  test('prints binary, and the log stays lines of text', async () => {
    expect(await call(job, 'binary')).toMatchObject({ status: 200, text: '"printed"' });
    await vi.waitFor(() => expect(job.logs()).toContain('no line end'));
    expect(
      job
        .logs()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('[')),
    ).toEqual([]);
  });

  test.each(['print', 'exit', 'sys.exit', 'raise', 'return'])('forks, the child ending by %s', async (how) => {
    expect(await call(job, 'fork', { how })).toMatchObject({ status: 200, text: '"parent"' });
    if (how === 'print')
      for (const said of ['the child speaks', 'the child writes'])
        await vi.waitFor(() => expect(job.logs().split(said)).toHaveLength(2));
  });

  test('uses multiprocessing', async () => {
    expect(await call(job, 'multiprocessing')).toMatchObject({ status: 200, text: '[1,4,9]' });
  });

  test.each([
    ['sys_exit', "the job's code called sys.exit(3)", 'SystemExit'],
    ['recursion', /maximum recursion depth exceeded/, 'RecursionError'],
    ['memory', '', 'MemoryError'],
    ['keyboard_interrupt', "the job's code raised KeyboardInterrupt", 'KeyboardInterrupt'],
    ['generator_exit', '', 'GeneratorExit'],
    ['stop_iteration', '', 'StopIteration'],
    ['odd_error', /^Odd, whose message cannot be shown/, 'Odd'],
  ])('ends with %s: a 500 that names it', async (endpoint, error, type) => {
    const answer = await call(job, endpoint);
    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-racetrack-fault')).toBe('job');
    const said = JSON.parse(answer.text) as { error: string; type: string };
    expect(said.type).toBe(type);
    expect(said.error).toMatch(error);
  });

  test('ends a thread with sys.exit', async () => {
    expect(await call(job, 'exit_in_thread')).toMatchObject({ status: 200, text: '"alive"' });
  });

  test('closes the standard streams', async () => {
    expect(await call(job, 'close_streams')).toMatchObject({ status: 200, text: '"closed"' });
    expect(await call(job, 'close_standard')).toMatchObject({ status: 200, text: '"closed"' });
    expect(await call(job, 'binary')).toMatchObject({ status: 500 });
  });
});

describe('only its own worker ends with a call that', () => {
  afterEach(expectNothingLeft);

  test.each([
    ['os_exit', /ended with exit code 3/],
    ['segfault', /killed by SIGSEGV/],
    ['abort', /killed by SIGABRT/],
    ['kill_me', /killed by SIGKILL/],
    ['kill_group', /killed by SIGKILL/],
    ['close_all', /ended|killed/],
  ])('does %s: a 502, and the next call is served', async (endpoint, reason) => {
    const job = await start('troubles.py', { args: ['--workers', '2'] });
    await bothWorkers(job);
    const other = call(job, 'sleep', { seconds: 0.4 });
    await sleep(50);
    const answer = await call(job, endpoint);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('x-racetrack-fault')).toBe('job');
    const said = JSON.parse(answer.text) as { error: string; type: string };
    expect(said.type).toBe('JobCrashed');
    expect(said.error).toMatch(reason);
    expect((await call(job)).status).toBe(200);
    expect((await other).status).toBe(200);
    expect((await get(job, '/live')).status).toBe(200);
  });

  test('leaves a child behind that holds its descriptors: the end is noticed, the child ends, too', async () => {
    const job = await start('troubles.py');
    expect((await call(job, 'daemon')).status).toBe(200);
    expect((await call(job, 'grandchild')).status).toBe(200);
    const answer = await call(job, 'kill_me');
    expect(answer.status).toBe(502);
    expect((await call(job)).status).toBe(200);
  });

  test('leaves children behind: they end with the worker at the stop', async () => {
    const job = await start('troubles.py');
    const ignoring = ['sh', '-c', 'trap "" TERM HUP INT; sleep 1000 & sleep 1000'];
    expect((await call(job, 'grandchild', { command: ignoring })).status).toBe(200);
    expect((await call(job, 'daemon')).status).toBe(200);
  });

  test('prints and dies: what it said last is in the log', async () => {
    const job = await start('troubles.py');
    await call(job, 'segfault');
    await vi.waitFor(
      () => expect(job.logs()).toMatch(/worker \d+ was killed by SIGSEGV; a new one takes its place/),
      10_000,
    );
  });
});
