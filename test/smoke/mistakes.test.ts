/** Mistakes that everybody makes: what happened, where, and what to do about it. */
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { descendantsOf, isGone, processesNaming } from '../protocol/processes.ts';
import { ADDER, folderOf, racetrack, serve } from './command.ts';

test.each(['run', 'schema'])('%s: no such file, a folder, no Python', async (command) => {
  const folder = folderOf({ 'job.txt': '' });
  const rows = [
    [
      'nowhere.py',
      `there is no file ${join(folder, 'nowhere.py')}`,
      'give the path of the file that holds your class or function',
    ],
    ['.', `${folder} is a folder`, join(folder, 'entrypoint.py')],
    ['job.txt', `${join(folder, 'job.txt')} is no entrypoint`, 'an entrypoint is a Python file (.py)'],
  ] as const;
  for (const [path, message, hint] of rows) {
    const { code, stdout, stderr } = await racetrack([command, path], { cwd: folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toMatch(/^hint: /m);
    expect(stderr).toContain(hint);
  }
});

test('no interpreter: neither on the path nor where --python says', async () => {
  const empty = folderOf({});
  const none = await racetrack(['run', ADDER], { env: { PATH: empty, VIRTUAL_ENV: undefined } });
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/error: no Python interpreter/);
  expect(none.stderr).toMatch(/^hint: /m);
  const named = await racetrack(['run', ADDER, '--python', join(empty, 'python9')]);
  expect(named.code).toBe(1);
  expect(named.stderr).toContain(`no Python interpreter at ${join(empty, 'python9')}`);
});

test('a port in use: names it, and leaves no process', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const entrypoint = join(
    folderOf({ 'entrypoint.py': 'import time\nclass Job:\n    def __init__(self):\n        time.sleep(60)\n' }),
    'entrypoint.py',
  );
  const { code, stderr } = await racetrack(['run', entrypoint, '--host', '127.0.0.1', '--port', String(port)]);
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${port} is in use on 127.0.0.1`);
  expect(stderr).toContain('--port 0');
  await expect.poll(() => processesNaming(entrypoint)).toEqual([]);
});

const FAULTS = [
  [
    'a syntax error',
    'class Job:\n    def perform(self)\n        return 1\n',
    /entrypoint\.py.*line 2|entrypoint\.py:2/,
    'SyntaxError',
  ],
  [
    'a missing import',
    'import numpy_of_nobody\nclass Job:\n    pass\n',
    /pip install numpy_of_nobody/,
    "No module named 'numpy_of_nobody'",
  ],
  ['no class', 'x = 1\n', /class/, 'no class has been found'],
  ['two classes', 'class A:\n    pass\nclass B:\n    pass\n', /name/, 'multiple classes found in a module'],
  [
    'a constructor that raises',
    'class Job:\n    def __init__(self):\n        raise ValueError("odd")\n',
    /entrypoint\.py:3/,
    'odd, cause=ValueError',
  ],
] as const;

test.each(FAULTS)('%s in the job: `schema` fails with the place', async (_name, source, place, message) => {
  const { code, stdout, stderr } = await racetrack(['schema', 'entrypoint.py'], {
    cwd: folderOf({ 'entrypoint.py': source }),
  });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('error: the job cannot be loaded');
  expect(stderr).toContain(message);
  expect(stderr).toMatch(place);
});

test('a missing import in the job: `run` goes on, and log and probes tell the package and how to install it', async () => {
  const folder = folderOf({ 'entrypoint.py': FAULTS[1][1] });
  const job = await serve([join(folder, 'entrypoint.py')], { cwd: dirname(folder) });
  await job.shows('hint:');
  expect(job.output()).toContain("Initialization error: No module named 'numpy_of_nobody', cause=ModuleNotFoundError");
  expect(job.output()).toContain('pip install numpy_of_nobody');
  const live = await fetch(`${job.address}/live`);
  expect(live.status).toBe(500);
  expect(await live.json()).toMatchObject({ live: false, error: expect.stringContaining('numpy_of_nobody') });
  expect((await fetch(`${job.address}/ready`)).status).toBe(500);
  const children = descendantsOf(job.pid);
  expect(await job.stop()).toEqual({ code: 0, signal: null });
  for (const pid of children) expect(await isGone(pid)).toBe(true);
});
