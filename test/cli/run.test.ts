/** `racetrack-wrapper run`: manifests good and bad, the log it writes, ports, signals. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { descendantsOf, isGone, processesNaming } from '../protocol/processes.ts';
import { folderOf, post, racetrack, serve } from '../smoke/command.ts';

const JOB = 'class Job:\n    def perform(self, x=1):\n        return x\n';
const FAULTY =
  'name: faulty\njobtype: python3\nowner_email: a@b.c\nnmae: x\nversion: 1.5\njobtype_extra:\n  entrypoint_path: entrypoint.py\n';

describe('a manifest with mistakes', () => {
  test('is served, with a warning for each that names the line', async () => {
    const folder = folderOf({ 'entrypoint.py': JOB, 'job.yaml': FAULTY });
    const job = await serve(['entrypoint.py'], { cwd: folder });
    await job.shows('is ready at');
    const warnings = job
      .output()
      .split('\n')
      .filter((line) => line.includes('WARN'));
    expect(warnings.length).toBeGreaterThanOrEqual(2);
    expect(warnings.join('\n')).toMatch(/job\.yaml:4:1.*nmae.*name/);
    expect(warnings.join('\n')).toMatch(/job\.yaml:5.*version/);
    expect(job.output()).toContain('faulty is ready at');
    expect(await post(job.address, { x: 2 })).toEqual([200, '2']);
  });

  test.each(['run', 'schema'])('is refused by `%s --strict`, and no process is left', async (command) => {
    const folder = folderOf({ 'entrypoint.py': JOB, 'job.yaml': FAULTY });
    const { code, stdout, stderr } = await racetrack([command, 'entrypoint.py', '--strict'], { cwd: folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('error: the manifest has mistakes');
    expect(stderr).toMatch(/job\.yaml:4:1/);
    expect(stderr).toContain('without --strict');
    await expect.poll(() => processesNaming(folder)).toEqual([]);
  });

  test.each([
    ['a missing --manifest-path', ['--manifest-path', 'nowhere.yaml'], 'nowhere.yaml'],
    ['YAML that nobody can read', ['--manifest-path', 'broken.yaml'], 'broken.yaml'],
  ])('%s fails the start, visibly through /live', async (_name, args, text) => {
    const folder = folderOf({ 'entrypoint.py': JOB, 'broken.yaml': 'name: [unclosed\n' });
    const job = await serve(['entrypoint.py', ...args], { cwd: folder });
    const live = await fetch(`${job.address}/live`);
    expect(live.status).toBe(500);
    expect(await live.json()).toMatchObject({ live: false, error: expect.stringContaining(text) });
    expect((await fetch(`${job.address}/ready`)).status).toBe(500);
    await job.shows(`Initialization error: `);
    expect(await job.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('the log', () => {
  test('has no colours when it is no terminal, nor with NO_COLOR on one', async () => {
    const folder = folderOf({ 'entrypoint.py': JOB });
    const job = await serve(['entrypoint.py'], { cwd: folder, env: { FORCE_COLOR: undefined } });
    await job.shows('is ready at');
    expect(job.output()).not.toContain('\x1b[');
    expect(await onTerminal(folder, { NO_COLOR: '1' })).not.toContain('\x1b[');
    expect(await onTerminal(folder, {})).toContain('\x1b[');
  });

  test('is JSON, line by line, with LOG_STRUCTURED', async () => {
    const folder = folderOf({ 'entrypoint.py': JOB });
    const job = await serve(['entrypoint.py'], { cwd: folder, env: { LOG_STRUCTURED: 'yes' } });
    await job.shows('Server is ready');
    await post(job.address, {});
    await job.stop();
    const records = job
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { lvl: string; msg: string });
    expect(records.map((record) => record.msg)).toContain('POST /api/v1/perform 200');
    expect(records.at(-1)).toMatchObject({ lvl: 'INFO', msg: 'Server has stopped' });
  });

  test('shows what LOG_LEVEL asks for', async () => {
    const folder = folderOf({ 'entrypoint.py': JOB });
    const job = await serve(['entrypoint.py'], { cwd: folder, env: { LOG_LEVEL: 'info' } });
    await job.shows('is ready at');
    await post(job.address, {});
    await job.stop();
    expect(job.output()).toContain('POST /api/v1/perform 200');
    expect(job.output()).not.toContain('Request: POST');
  });

  test('that nobody reads holds up neither calls nor the end', async () => {
    const source = 'class Job:\n    def perform(self):\n        print("x" * 100_000)\n        return 1\n';
    const folder = folderOf({ 'entrypoint.py': source });
    const job = await serve(['entrypoint.py'], { cwd: folder });
    await job.shows('is ready at');
    job.child.stdout?.pause();
    for (let call = 0; call < 30; call += 1) expect(await post(job.address, {})).toEqual([200, '1']);
    const children = descendantsOf(job.pid);
    expect(await job.stop()).toEqual({ code: 0, signal: null });
    for (const pid of children) expect(await isGone(pid)).toBe(true);
  });
});

describe('two wrappers on one port', () => {
  test('the second is refused, the first goes on', async () => {
    const folder = folderOf({ 'entrypoint.py': JOB, 'job.yaml': FAULTY });
    const first = await serve(['entrypoint.py'], { cwd: folder });
    await first.shows('is ready at');
    const { port } = new URL(first.address);
    const second = await racetrack(['run', 'entrypoint.py', '--host', '127.0.0.1', '--port', port], { cwd: folder });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`error: port ${port} is in use on 127.0.0.1`);
    expect(second.stdout, 'the warnings that came before the error').toContain('nmae');
    expect(await post(first.address, { x: 3 })).toEqual([200, '3']);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    await expect.poll(() => processesNaming(folder)).toEqual([]);
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s lets a running call end', async (signal) => {
    const source =
      'import time\nclass Job:\n    def perform(self):\n        print("running")\n        time.sleep(0.5)\n        return "done"\n';
    const job = await serve(['entrypoint.py'], { cwd: folderOf({ 'entrypoint.py': source }) });
    await job.shows('is ready at');
    const answer = post(job.address, {});
    await job.shows('INFO  running');
    expect(await job.stop(signal)).toEqual({ code: 0, signal: null });
    expect(await answer).toEqual([200, '"done"']);
  });

  test('a second one ends at once, with everything', async () => {
    const source =
      'import time\nclass Job:\n    def perform(self):\n        print("running")\n        time.sleep(600)\n';
    const job = await serve(['entrypoint.py'], { cwd: folderOf({ 'entrypoint.py': source }) });
    await job.shows('is ready at');
    const answer = post(job.address, {}).catch(() => 'lost');
    await job.shows('INFO  running');
    const children = descendantsOf(job.pid);
    job.child.kill('SIGTERM');
    await job.shows('shutting down');
    expect(await job.stop('SIGTERM')).toEqual({ code: 130, signal: null });
    expect(await answer).toBe('lost');
    for (const pid of children) expect(await isGone(pid)).toBe(true);
  });

  test.each([
    ['is being imported', 'print("at it")\nimport time\ntime.sleep(600)\n'],
    [
      'is being constructed',
      'import time\nclass Job:\n    def __init__(self):\n        print("at it")\n        time.sleep(600)\n',
    ],
  ])('SIGTERM while the job %s leaves no process', async (_name, source) => {
    const job = await serve(['entrypoint.py'], { cwd: folderOf({ 'entrypoint.py': source }) });
    await job.shows('at it');
    const children = descendantsOf(job.pid);
    expect(children.length).toBeGreaterThan(0);
    expect(await job.stop()).toEqual({ code: 0, signal: null });
    for (const pid of children) expect(await isGone(pid)).toBe(true);
  });

  test('SIGKILL of the wrapper ends the job’s processes as well', async () => {
    const source =
      'import time\nclass Job:\n    def perform(self):\n        print("running")\n        time.sleep(600)\n';
    const job = await serve(['entrypoint.py', '--workers', '2'], { cwd: folderOf({ 'entrypoint.py': source }) });
    await job.shows('is ready at');
    post(job.address, {}).catch(() => {});
    await job.shows('INFO  running');
    const children = descendantsOf(job.pid);
    expect(children.length).toBeGreaterThanOrEqual(3);
    await job.stop('SIGKILL');
    for (const pid of children) expect(await isGone(pid)).toBe(true);
  });
});

/** What `run` shows on a terminal until the job is ready; `script` provides one. */
async function onTerminal(folder: string, env: Record<string, string>): Promise<string> {
  const command = `${process.execPath} ${join(import.meta.dirname, '../../dist/racetrack-wrapper.js')} run entrypoint.py --port 0`;
  const { NO_COLOR: _unset, FORCE_COLOR: _neither, CI: _nor, ...inherited } = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: folder,
    env: { ...inherited, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const end = () => {
    for (const pid of [...descendantsOf(child.pid as number), child.pid as number]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    }
  };
  onTestFinished(end);
  let shown = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    shown += text;
    if (/ready at.*started in/s.test(shown)) break;
  }
  end();
  return shown;
}
