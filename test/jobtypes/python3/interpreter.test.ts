/** Owns the proof that the right interpreter is found, and that nothing is started to find it. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findInterpreter } from '../../../jobtypes/python3/interpreter.ts';
import { UserError } from '../../../wrapper/core/errors.ts';

const top = mkdtempSync(join(tmpdir(), 'interpreter-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let home: string;
let job: string;
let count = 0;
beforeEach(() => {
  count += 1;
  home = join(top, String(count));
  job = join(home, 'job');
  mkdirSync(job, { recursive: true });
});

/** A file that would leave a trace if anything started it. */
function program(path: string, text = `#!/bin/sh\ntouch ${join(top, 'started')}\n`): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A pyenv script that answers with what stands in a file, and counts how often it was asked. */
function pyenvShim(path: string, target: string): string {
  return program(
    path,
    `#!/bin/sh\n# pyenv\necho asked >> ${home}/asked\n[ -e ${target} ] || { echo "pyenv: version gone" >&2; exit 127; }\necho ${target}\n`,
  );
}
const timesAsked = () =>
  existsSync(join(home, 'asked')) ? readFileSync(join(home, 'asked'), 'utf8').split('\n').length - 1 : 0;

const find = (given: { python?: string; env?: Record<string, string>; cwd?: string } = {}) =>
  findInterpreter({
    python: given.python,
    folder: job,
    cwd: given.cwd ?? job,
    env: { HOME: home, PATH: `${join(home, 'a')}:${join(home, 'b')}:/usr/bin:/bin`, ...given.env },
  });

describe('the order', () => {
  it('is --python, the job, VIRTUAL_ENV, PATH', async () => {
    const onPath = program(join(home, 'b/python3'));
    expect(await find()).toEqual({ path: onPath, origin: 'PATH' });
    const active = program(join(home, 'active/bin/python3'));
    const env = { VIRTUAL_ENV: join(home, 'active') };
    expect(await find({ env })).toEqual({ path: active, origin: 'VIRTUAL_ENV' });
    const second = program(join(job, 'venv/bin/python'));
    expect(await find({ env })).toEqual({ path: second, origin: 'job' });
    const first = program(join(job, '.venv/bin/python3'));
    expect(await find({ env })).toEqual({ path: first, origin: 'job' });
    const named = program(join(home, 'named'));
    expect(await find({ env, python: named })).toEqual({ path: named, origin: 'option' });
    expect(existsSync(join(top, 'started'))).toBe(false);
  });

  it('prefers python3 anywhere on PATH to python', async () => {
    program(join(home, 'a/python'));
    const wanted = program(join(home, 'b/python3'));
    expect((await find()).path).toBe(wanted);
  });

  it('passes over what cannot be started', async () => {
    mkdirSync(join(home, 'a/python3'), { recursive: true });
    mkdirSync(join(job, '.venv'));
    const wanted = program(join(home, 'b/python3'));
    expect(await find()).toEqual({ path: wanted, origin: 'PATH' });
    chmodSync(program(join(home, 'c/python3')), 0o644);
    expect((await find({ env: { PATH: `${join(home, 'c')}:${join(home, 'b')}` } })).path).toBe(wanted);
  });

  it('warns of a virtual environment whose Python is gone', async () => {
    mkdirSync(join(job, '.venv/bin'), { recursive: true });
    writeFileSync(join(job, '.venv/pyvenv.cfg'), '');
    symlinkSync('/nowhere/python3', join(job, '.venv/bin/python3'));
    program(join(home, 'b/python3'));
    expect((await find()).warning).toContain(join(job, '.venv'));
  });

  it('never takes a program from the working folder by an empty or relative part of PATH', async () => {
    program(join(job, 'python3'));
    await expect(find({ env: { PATH: '::.' } })).rejects.toThrow(UserError);
  });
});

describe('--python', () => {
  it('takes a path as seen from the working folder, and a name from PATH', async () => {
    const relative = program(join(job, 'bin/mine'));
    expect((await find({ python: 'bin/mine' })).path).toBe(relative);
    const named = program(join(home, 'b/python3.99'));
    expect((await find({ python: 'python3.99' })).path).toBe(named);
  });

  it.each([
    ['./gone', 'there is no such file'],
    ['./text', 'it is not executable'],
    ['./env', 'it is not a file'],
    ['python3.99', 'no python3.99 is on PATH'],
  ])('fails on %s and says why', async (python, reason) => {
    writeFileSync(join(job, 'text'), '');
    const inside = program(join(job, 'env/bin/python3'));
    const failure = await find({ python }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toContain(reason);
    expect((failure as UserError).hint).toBeTruthy();
    if (python === './env') expect((failure as UserError).hint).toContain(inside);
  });
});

it('says what to do when there is no Python', async () => {
  const failure = await find({ env: { PATH: join(home, 'empty') } }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    message: `no Python interpreter found: neither python3 nor python is on PATH (${join(home, 'empty')})`,
    hint: expect.stringContaining('--python'),
  });
});

describe('scripts of pyenv', () => {
  const answers = () => JSON.parse(readFileSync(join(home, '.cache/racetrack/interpreters.json'), 'utf8')) as object;

  it('are asked once for the interpreter behind them', async () => {
    const real = program(join(home, 'real/python3'));
    pyenvShim(join(home, 'a/python3'), real);
    expect(await find()).toEqual({ path: real, origin: 'PATH' });
    expect(await find()).toEqual({ path: real, origin: 'PATH' });
    expect(timesAsked()).toBe(1);
    expect(Object.values(answers())).toEqual([real]);
  });

  const changes: Record<string, () => void> = {
    'a version file in the working folder': () => writeFileSync(join(job, '.python-version'), '3.9'),
    'a version file further up': () => writeFileSync(join(home, '.python-version'), '3.9'),
    'the global version': () => writeFileSync(join(home, '.pyenv/version'), '3.9'),
    'a version installed': () => void mkdirSync(join(home, '.pyenv/versions/3.9')),
    'the script itself': () => utimesSync(join(home, 'a/python3'), 1, 1),
  };
  it.each(Object.entries(changes))('are asked again after a change of %s', async (_, change) => {
    mkdirSync(join(home, '.pyenv/versions'), { recursive: true });
    utimesSync(join(home, '.pyenv/versions'), 1, 1);
    pyenvShim(join(home, 'a/python3'), program(join(home, 'real/python3')));
    await find();
    change();
    await find();
    expect(timesAsked()).toBe(2);
  });

  it('are asked again for another PYENV_VERSION', async () => {
    pyenvShim(join(home, 'a/python3'), program(join(home, 'real/python3')));
    await find();
    await find({ env: { PYENV_VERSION: '3.9' } });
    expect(timesAsked()).toBe(2);
  });

  it('are asked again when the interpreter is gone, and passed over when they stand for nothing', async () => {
    const real = program(join(home, 'real/python3'));
    pyenvShim(join(home, 'a/python3'), real);
    await find();
    rmSync(real);
    const other = program(join(home, 'b/python3'));
    expect((await find()).path).toBe(other);
    expect(timesAsked()).toBe(2);
  });

  it('are quoted when there is nothing else', async () => {
    pyenvShim(join(home, 'a/python3'), join(home, 'gone'));
    await expect(find({ env: { PATH: `${join(home, 'a')}` } })).rejects.toThrow('pyenv: version gone');
  });

  it('are asked each time when the answer cannot be kept', async () => {
    const real = program(join(home, 'real/python3'));
    pyenvShim(join(home, 'a/python3'), real);
    writeFileSync(join(home, 'file'), '');
    const env = { RACETRACK_CACHE: join(home, 'file/cache') };
    expect((await find({ env })).path).toBe(real);
    expect((await find({ env })).path).toBe(real);
    expect(timesAsked()).toBe(2);
  });

  it.each(['not json', '[1]', 'null', '{"x": 1}'])('survive a cache that holds %s', async (text) => {
    const real = program(join(home, 'real/python3'));
    pyenvShim(join(home, 'a/python3'), real);
    mkdirSync(join(home, '.cache/racetrack'), { recursive: true });
    writeFileSync(join(home, '.cache/racetrack/interpreters.json'), text);
    expect((await find()).path).toBe(real);
  });
});
