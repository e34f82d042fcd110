/** Owns the proof that a job that cannot start, or not yet, says so at every address, and takes nothing down. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StartOptions, WrapperUnderTest } from '../../wrapper/testing.ts';
import {
  call,
  expectNothingLeft,
  get,
  isolateTemporaryFiles,
  markedProcesses,
  start,
  stop,
  writeJob,
} from './running.ts';

isolateTemporaryFiles();
afterEach(expectNothingLeft);

const GOOD = 'class Job:\n    def perform(self):\n        return 1';
const begin = (source: string, options: Partial<StartOptions> = {}) =>
  start('job.py', { cwd: writeJob(source), waitFor: 'listening', ...options });

async function expectLoading(job: WrapperUnderTest): Promise<void> {
  expect(await get(job, '/live')).toMatchObject({ status: 200, text: '{"live":true,"deployment_timestamp":null}' });
  expect(await get(job, '/ready')).toMatchObject({ status: 500, text: '{"ready":false}' });
  const health = await get(job, '/health');
  expect(health.status).toBe(500);
  expect(JSON.parse(health.text)).toMatchObject({ live: true, ready: false, status: 'fail', error: null });
  await expectNothingToCall(job);
}

async function expectFailed(job: WrapperUnderTest, error: RegExp): Promise<void> {
  await vi.waitFor(async () => expect((await get(job, '/live')).status).toBe(500), 5_000);
  const live = JSON.parse((await get(job, '/live')).text);
  expect(live).toEqual({ live: false, deployment_timestamp: null, error: expect.stringMatching(error) });
  expect(await get(job, '/ready')).toMatchObject({ status: 500, text: '{"ready":false}' });
  const health = await get(job, '/health');
  expect(health.status).toBe(500);
  expect(JSON.parse(health.text)).toMatchObject({ live: false, ready: false, status: 'fail', error: live.error });
  expect(job.logs()).toMatch(/ERROR Initialization error: /);
  await expectNothingToCall(job);
}

/** As long as the job is not ready: 404 for all of it, and a document of the probes alone. */
async function expectNothingToCall(job: WrapperUnderTest): Promise<void> {
  for (const path of ['/', '/metrics', '/api/v1/parameters', '/api/v1/webview/', '/pub/job/x/1/api/v1/perform']) {
    const answer = await get(job, path);
    expect([path, answer.status, JSON.parse(answer.text).detail]).toEqual([path, 404, 'Not Found']);
  }
  const answer = await call(job);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('x-racetrack-fault')).toMatch(/^(job|platform)$/);
  expect(JSON.parse(answer.text)).toMatchObject({ detail: 'Not Found', error: expect.stringContaining('job "') });
  expect((await get(job, '/docs')).status).toBe(200);
  const document = JSON.parse((await get(job, '/openapi.json')).text);
  expect(Object.keys(document.paths)).not.toContain('/api/v1/perform');
  expect(Object.keys(document.paths)).toContain('/live');
}

describe('a constructor', () => {
  test('that takes a minute: probes answer meanwhile, and a stop ends it at once', async () => {
    const job = await begin(`
import time
class Job:
    def __init__(self):
        time.sleep(60)
    def perform(self):
        return 1`);
    await expectLoading(job);
    await vi.waitFor(() => expect(markedProcesses().length).toBeGreaterThanOrEqual(2));
    await expectLoading(job);
    await stop(job);
  });

  test('that takes a while: loading, then ready', async () => {
    const job = await begin(`
import os, time
class Job:
    def __init__(self):
        while not os.path.exists("go"):
            time.sleep(0.01)
    def perform(self):
        return 1`);
    await expectLoading(job);
    const folder = readdirSync(tmpdir())
      .filter((name) => name.startsWith('job-'))
      .at(-1) as string;
    for (const name of readdirSync(tmpdir()))
      if (name.startsWith('job-')) writeFileSync(join(tmpdir(), name, 'go'), '');
    expect(folder).toBeDefined();
    await vi.waitFor(async () => expect((await get(job, '/ready')).status).toBe(200), 5_000);
    expect((await call(job)).text).toBe('1');
  });

  test.each([
    ['raises', 'raise KeyError("no model")', /^'no model', cause=KeyError, traceback=.*job\.py:\d+$/],
    [
      'raises from another',
      'raise RuntimeError("outer") from ValueError("inner")',
      /^outer, cause=ValueError, .*job\.py:\d+$/,
    ],
    ['calls sys.exit', 'import sys; sys.exit(3)', /called sys\.exit\(3\), cause=SystemExit, .*job\.py:\d+$/],
    ['calls os._exit', 'import os; os._exit(3)', /ended with exit code 3 while it was starting/],
    ['calls os._exit(0)', 'import os; os._exit(0)', /ended with exit code 0 while it was starting/],
    ['segfaults', 'import ctypes; ctypes.string_at(0)', /was killed by SIGSEGV .*while it was starting/],
    ['is interrupted', 'raise KeyboardInterrupt', /KeyboardInterrupt/],
    [
      'wants arguments',
      'pass\n    def __init__(self, model): pass',
      /missing 1 required positional argument: 'model', cause=TypeError/,
    ],
    ['says much', 'raise ValueError("line\\nline " + "x" * 100000)', /^line line x+, cause=ValueError/],
  ])('that %s', async (_, body, error) => {
    const job = await begin(`class Job:\n    def __init__(self):\n        ${body}\n    def perform(self): return 1`);
    await expectFailed(job, error);
  });

  test.each([1, 2])('that raises leaves one line in the log, with %i workers', async (workers) => {
    const job = await begin('class Job:\n    def __init__(self):\n        raise KeyError("no model")', {
      args: ['--workers', String(workers)],
    });
    await expectFailed(job, /no model/);
    expect(job.logs().match(/Initialization error: /g)).toHaveLength(1);
  });
});

describe('a file', () => {
  test.each([
    [
      'with a syntax error',
      'class Job:\n    def perform(self)\n        return 1',
      /cause=SyntaxError, traceback=.*job\.py:2$/,
    ],
    [
      'with an import that is missing',
      'import os\n\nimport no_such_thing_here',
      /cause=ModuleNotFoundError, traceback=.*job\.py:3$/,
    ],
    [
      'with an import that fails deep inside',
      'import json\njson.loads("{")',
      /cause=JSONDecodeError, traceback=.*job\.py:2$/,
    ],
    ['that exits when imported', 'import sys\nsys.exit(2)', /cause=SystemExit/],
    [
      'that ends the process when imported',
      'import os\nos._exit(9)',
      /ended with exit code 9 while it was importing the job/,
    ],
    ['that crashes when imported', 'import ctypes\nctypes.string_at(0)', /was killed by SIGSEGV .*importing the job/],
    ['with two classes', 'class A: pass\nclass B: pass', /^multiple classes found in a module/],
    ['with a second name for its class', `${GOOD}\nNickname = Job`, /^multiple classes found in a module/],
    ['without a class', 'x = 1', /^no class has been found in module/],
    ['with imported classes only', 'from pathlib import Path', /^no class has been found in module/],
    ['that is no text', 'x = "\u0000"', /null bytes|SyntaxError|ValueError/],
    ['that is empty', '', /^no class has been found in module/],
  ])('%s', async (_, source, error) => expectFailed(await begin(source), error));

  test('with two classes is served when one is named; an unknown name is told', async () => {
    const folder = writeJob('class A:\n    def perform(self): return "a"\nclass B:\n    def perform(self): return "b"');
    const job = await start('job.py', { cwd: folder, className: 'B' });
    expect((await call(job)).text).toBe('"b"');
    await expectFailed(
      await start('job.py', { cwd: folder, className: 'C', waitFor: 'listening' }),
      /^class name C was not found/,
    );
  });

  test('whose folder nobody can write is served, and nothing is written', async () => {
    const folder = writeJob(GOOD);
    mkdirSync(join(folder, 'package'));
    writeFileSync(join(folder, 'package', '__init__.py'), '');
    writeFileSync(join(folder, 'job.py'), `import package\n${GOOD}`);
    const before = readdirSync(folder);
    chmodSync(join(folder, 'package'), 0o555);
    chmodSync(folder, 0o555);
    const job = await start('job.py', { cwd: folder, args: ['--python', unprivilegedPython()] });
    expect((await call(job)).text).toBe('1');
    expect(readdirSync(folder)).toEqual(before);
    await stop(job);
    for (const each of [folder, join(folder, 'package')]) chmodSync(each, 0o755);
    expect(readdirSync(join(folder, 'package'))).toEqual(['__init__.py']);
  });

  /** Modes mean nothing to a superuser until that right is given up. */
  function unprivilegedPython(): string {
    const script = join(mkdtempSync(join(tmpdir(), 'python-')), 'python3');
    const drop = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override ' : '';
    writeFileSync(script, `#!/bin/sh\nexec ${drop}python3 "$@"\n`, { mode: 0o755 });
    return script;
  }

  test('is served where temporary files have a path too long for a socket', async () => {
    const before = process.env.TMPDIR;
    const long = join(tmpdir(), 'x'.repeat(120));
    mkdirSync(long);
    const folder = writeJob(GOOD);
    process.env.TMPDIR = long;
    try {
      const job = await start('job.py', { cwd: folder, args: ['--workers', '2'] });
      expect((await call(job)).text).toBe('1');
      await stop(job);
    } finally {
      process.env.TMPDIR = before;
    }
  });
});

describe('a member that is wrong', () => {
  const job = (members: string) => `class Job:\n    def perform(self, **given): return 1\n${members}`;
  const example = (value: string) => job(`    def docs_input_example(self): return ${value}`);

  test.each([
    [
      'an example that is no JSON',
      example('{"a": b"x"}'),
      /invalid docs input example.*\/perform endpoint.*not JSON serializable/,
    ],
    ['an example that is no dict', example('"text"'), /input example \(for \/perform endpoint\) is not a dict/],
    ['an example too large', example('{"a": "x" * 1_100_000}'), /exceeds maximum size/],
    ['an example that raises', example('1 / 0'), /division by zero, cause=ZeroDivisionError/],
    ['examples that are no dict', job('    def docs_input_examples(self): return [1]'), /dict/],
    [
      'metrics that raise',
      job('    def metrics(self): raise RuntimeError("no figures")'),
      /no figures, cause=RuntimeError/,
    ],
    ['auxiliary endpoints that raise', job('    def auxiliary_endpoints(self): return {}["x"]'), /cause=KeyError/],
    ['a static file that is missing', job('    def static_endpoints(self): return {"/x": "no.txt"}'), /no\.txt/],
    ['a webview that raises', job('    def webview_app(self, base_url): raise OSError("no view")'), /no view/],
    ['a webview that is none', job('    def webview_app(self, base_url): return lambda: None'), /WSGI or an ASGI/],
  ])('%s', async (_, source, error) => expectFailed(await begin(source), error));

  test('metrics that raise later cost only themselves', async () => {
    const wrong = job(
      '    calls = 0\n    def metrics(self):\n        self.calls += 1\n        assert self.calls < 2, "no figures"\n        return [{"name": "figure", "value": 1}]',
    );
    const running = await begin(wrong, { waitFor: 'ready' });
    expect((await get(running, '/metrics')).status).toBe(200);
    const text = await vi.waitFor(async () => {
      const answer = await get(running, '/metrics');
      expect(running.logs()).toMatch(/collecting the job's metrics failed: no figures/);
      return answer.text;
    });
    expect(text).toMatch(/^requests_started_total 0/m);
    expect(text).not.toMatch(/^figure /m);
  });

  test('metrics that hang or crash cost only themselves', async () => {
    const wrong = job(
      '    calls = 0\n    def metrics(self):\n        self.calls += 1\n        if self.calls > 1:\n            import os\n            os._exit(1)\n        return []',
    );
    const running = await begin(wrong, { waitFor: 'ready' });
    expect((await get(running, '/metrics')).status).toBe(200);
    expect((await get(running, '/metrics')).status).toBe(200);
    expect((await call(running)).status).toBe(200);
  });
});
