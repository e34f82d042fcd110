/** Owns the proof that requirements are installed once, whole or not at all, from the real package index. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installRequirements } from '../../../jobtypes/python3/environment.ts';
import { findInterpreter, type Interpreter } from '../../../jobtypes/python3/interpreter.ts';
import { hashRequirements } from '../../../jobtypes/python3/requirements.ts';
import { UserError } from '../../../wrapper/core/errors.ts';

const top = mkdtempSync(join(tmpdir(), 'environment-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let interpreter: Interpreter;
/** Programs without uv, so that venv and pip are used wherever the tests run. */
const bin = join(top, 'bin');
beforeAll(async () => {
  interpreter = await findInterpreter({ env: process.env, folder: top });
  mkdirSync(bin);
});

let folder: string;
let cache: string;
let requirements: string;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(top, String(count));
  cache = join(folder, 'cache');
  requirements = join(folder, 'requirements.txt');
  mkdirSync(folder);
  writeFileSync(requirements, '');
});

function install(given: Partial<Parameters<typeof installRequirements>[0]> = {}) {
  const env = { ...process.env, PATH: bin };
  return installRequirements({ interpreter, requirements, cacheFolder: cache, env, ...given });
}

function write(path: string, text: string, mode = 0o644): string {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** A stand-in for an interpreter: makes environments of itself and notes what it is asked to do. */
function fakePython(behaviour = ''): Interpreter {
  const path = join(folder, 'python');
  const text = `#!/bin/sh
echo "$@" >> ${folder}/calls
case "$3" in
  venv) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  pip) ${behaviour || 'echo installed'} ;;
esac
`
    .replaceAll('mkdir', '/bin/mkdir')
    .replaceAll('cp "', '/bin/cp "');
  return { path: write(path, text, 0o755), origin: 'option' };
}
const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
const environments = () => {
  const [key] = readdirSync(cache);
  return key === undefined ? [] : readdirSync(join(cache, key)).filter((name) => name.startsWith('env-'));
};
const keyFolder = () => join(cache, readdirSync(cache)[0] ?? '');

describe('with the real Python and package index', () => {
  it('installs a package that the environment then imports, and finds it again without installing', async () => {
    writeFileSync(requirements, 'six==1.17.0\n');
    const lines: string[] = [];
    const first = await install({ onLine: (line) => lines.push(line) });
    const script = 'import six, sys; print(six.__version__, sys.prefix != sys.base_prefix)';
    expect(execFileSync(first.path, ['-c', script], { encoding: 'utf8' })).toBe('1.17.0 True\n');
    expect(first.origin).toBe('requirements');
    expect(lines.join('\n')).toContain('six');
    const again: string[] = [];
    expect(await install({ onLine: (line) => again.push(line) })).toEqual(first);
    expect(again).toEqual([]);
  }, 120_000);

  it('says what pip said when a package does not exist', async () => {
    writeFileSync(requirements, 'six==999.0\n');
    const failure = await install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toContain(`could not install the requirements in ${requirements}`);
    expect((failure as UserError).message).toContain('No matching distribution found for six==999.0');
    expect((failure as UserError).hint).toContain('names and versions');
    expect(environments()).toEqual([]);
  }, 120_000);
});

describe('an environment', () => {
  it('is made anew when the requirements change', async () => {
    const python = fakePython();
    const first = await install({ interpreter: python });
    writeFileSync(requirements, 'other');
    const second = await install({ interpreter: python });
    expect(second.path).not.toBe(first.path);
    expect((await install({ interpreter: python })).path).toBe(second.path);
    expect(calls()).toHaveLength(4);
  });

  it('is made anew when the interpreter changes, or its own Python is gone', async () => {
    const first = await install({ interpreter: fakePython() });
    const second = await install({ interpreter: fakePython('echo "another one"') });
    expect(second.path).not.toBe(first.path);
    rmSync(second.path);
    const third = await install({ interpreter: { path: join(folder, 'python'), origin: 'option' } });
    expect(existsSync(third.path)).toBe(true);
    expect(third.path).not.toBe(second.path);
  });

  it('is made by uv when that is on PATH', async () => {
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    const text = `#!/bin/sh\necho "$@" >> ${folder}/calls\n[ "$1" = venv ] && /bin/mkdir -p "$4/bin" && /bin/cp "$0" "$4/bin/python"\nexit 0\n`;
    write(join(tools, 'uv'), text, 0o755);
    const { path } = await install({ env: { PATH: tools } });
    const target = join(path, '../..');
    expect(calls()).toEqual([
      `venv --python ${interpreter.path} ${target}`,
      `pip install --python ${path} -r ${requirements}`,
    ]);
  });

  it('is never half made: a failure leaves nothing, and the next try starts afresh', async () => {
    await expect(install({ interpreter: fakePython('echo broken >&2; exit 3') })).rejects.toThrow(
      /could not install[\s\S]*broken/,
    );
    expect(environments()).toEqual([]);
    expect(existsSync(join(keyFolder(), 'complete'))).toBe(false);
    expect(existsSync(join(keyFolder(), 'lock'))).toBe(false);
  });

  it('is abandoned when the signal says so', async () => {
    const stop = new AbortController();
    const python = fakePython('echo started; exec /bin/sleep 60');
    const onLine = (line: string) => line === 'started' && stop.abort(new Error('enough'));
    await expect(install({ interpreter: python, signal: stop.signal, onLine })).rejects.toThrow();
    expect(environments()).toEqual([]);
    expect(existsSync(join(keyFolder(), 'lock'))).toBe(false);
  });

  it('replaces what a killed installation left, and its lock', async () => {
    const python = fakePython();
    const { path } = await install({ interpreter: python });
    const gone = spawn('/bin/true');
    await new Promise((resolve) => gone.once('exit', resolve));
    rmSync(join(keyFolder(), 'complete'));
    rmSync(join(path, '../..'), { recursive: true });
    mkdirSync(join(keyFolder(), `env-${gone.pid}-abc/bin`), { recursive: true });
    writeFileSync(join(keyFolder(), 'lock'), JSON.stringify({ pid: gone.pid, host: hostname() }));
    const again = await install({ interpreter: python });
    expect(environments()).toHaveLength(1);
    expect(existsSync(again.path)).toBe(true);
  });

  it('is made once when two ask for it at the same time', async () => {
    const python = fakePython('/bin/sleep 0.3; echo installed');
    const lines: string[] = [];
    const both = await Promise.all([
      install({ interpreter: python }),
      install({ interpreter: python, onLine: (line) => lines.push(line) }),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(calls()).toHaveLength(2);
    expect(environments()).toHaveLength(1);
  });

  it('says which folder cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(install({ cacheFolder: join(folder, 'file/cache') })).rejects.toThrow(
      /cannot keep an environment in .*ENOTDIR/,
    );
  });

  it('names python3-venv when that is missing', async () => {
    const python: Interpreter = {
      path: write(join(folder, 'bare'), '#!/bin/sh\necho "ensurepip is not available"; exit 1\n', 0o755),
      origin: 'option',
    };
    const failure = await install({ interpreter: python }).catch((error: unknown) => error);
    expect((failure as UserError).hint).toContain('python3-venv');
  });

  it('lies in RACETRACK_CACHE unless told otherwise', async () => {
    const env = { PATH: bin, RACETRACK_CACHE: join(folder, 'mine') };
    const { path } = await install({ interpreter: fakePython(), cacheFolder: undefined, env });
    expect(path.startsWith(join(folder, 'mine/python/'))).toBe(true);
  });
});

describe('the key of requirements', () => {
  const key = () => hashRequirements(requirements, []);
  const changes = (change: () => void): boolean => {
    const before = key();
    change();
    return key() !== before;
  };

  it.each([
    '-r more.txt',
    '-rmore.txt',
    '--requirement more.txt',
    '--requirement=more.txt',
    '-c more.txt',
    '--constraint more.txt',
  ])('holds the content that %s names', (line) => {
    writeFileSync(requirements, `six\n${line}\n`);
    writeFileSync(join(folder, 'more.txt'), '-r deeper/most.txt');
    mkdirSync(join(folder, 'deeper'));
    writeFileSync(join(folder, 'deeper/most.txt'), 'a');
    expect(changes(() => writeFileSync(join(folder, 'deeper/most.txt'), 'b'))).toBe(true);
    expect(changes(() => writeFileSync(join(folder, 'unnamed.txt'), 'c'))).toBe(false);
  });

  it('ends when files include each other', () => {
    writeFileSync(requirements, '-r requirements.txt\n-r b.txt');
    writeFileSync(join(folder, 'b.txt'), '-r requirements.txt');
    expect(key()).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['six==1.17.0', true],
    ['x @ https://example.com/a/b.whl', true],
    ['--extra-index-url https://example.com/simple', true],
    ['six # and/or seven', true],
    ['-e .', false],
    ['./package', false],
    ['wheels/a.whl', false],
    ['x @ file:///wheels/a.whl', false],
  ])('of "%s" is the same in every folder: %s', (line, same) => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(requirements, line);
    writeFileSync(join(other, 'requirements.txt'), line);
    expect(hashRequirements(join(other, 'requirements.txt'), []) === key()).toBe(same);
  });

  it.each([
    ['requirements.txt', () => rmSync(requirements)],
    ['gone.txt, which', () => writeFileSync(requirements, '-r gone.txt')],
  ])('cannot be had without %s', (name, damage) => {
    damage();
    expect(key).toThrow(UserError);
    expect(key).toThrow(name);
  });
});
