/** Owns the proof that the command `verify` says what it finds: its lines, its report, its exit codes, its end. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { RULES } from '../../wrapper/verify/catalogue.ts';
import { MARKED, markedProcesses } from '../faults/running.ts';
import { folderOf, racetrack } from '../smoke/command.ts';

const JOB = join(import.meta.dirname, 'jobs/python/entrypoint.py');
const SERVER = join(import.meta.dirname, 'defects/server.mjs');
const COMMAND = join(import.meta.dirname, '../../dist/racetrack-wrapper.js');
const QUICK = ['--only', 'live', '--only', 'redirects', '--only', 'log-lines'];

const verify = (args: readonly string[], settings = {}) => racetrack(['verify', ...args], settings);

test('--list names every rule, and needs no target', async () => {
  const { code, stdout } = await verify(['--list']);
  expect(code).toBe(0);
  expect([...stdout.matchAll(/^ {2}([\w-]+)/gm)].map(([, id]) => id)).toEqual(RULES.map(({ id }) => id));
});

test('an entrypoint: a line for each rule, and a report', async () => {
  const folder = folderOf({});
  const report = join(folder, 'report.json');
  const { code, stdout } = await verify([JOB, ...QUICK, '--report', report]);
  expect(stdout).toMatch(
    /^✓ live .*\n✓ redirects .*\n✓ log-lines .*lines\)\n\nverified: 3 passed, 0 failed, 0 not applicable, 0 skipped, in /,
  );
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
    format: 1,
    tool: expect.stringMatching(/^racetrack-wrapper \d/),
    target: { kind: 'entrypoint', name: JOB },
    seed: 1,
    strict: false,
    passed: true,
    counts: { passed: 3, failed: 0, notApplicable: 0, skipped: 0 },
    rules: [
      { id: 'live', group: 'Probes', level: 'must', outcome: 'passed', page: 'docs/verify.md#probes' },
      { id: 'redirects', outcome: 'passed', milliseconds: expect.any(Number) },
      { id: 'log-lines', level: 'should', remark: expect.stringMatching(/lines/) },
    ],
  });
});

test('options of run follow after --', async () => {
  const { code, stderr } = await verify([JOB, ...QUICK, '--', '--workers', 'none']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--workers/);
});

describe('a program', () => {
  const program = ['--command', `"${process.execPath}" ${SERVER}`, ...QUICK];

  test('that breaks a rule: what was expected, what came, where to read, exit code 1', async () => {
    const { code, stdout } = await verify(program, { env: { DEFECT: 'absolute-redirect' } });
    expect(stdout).toMatch(
      /^✗ redirects .*\n {4}expected {2}a relative Location from \/\n {4}came {6}\/docs\n {4}read {6}docs\/verify\.md#addresses$/m,
    );
    expect(stdout).toMatch(/not verified: 2 passed, 1 failed/);
    expect(code).toBe(1);
  });

  test.each([
    [[], /^! log-lines/m, 0],
    [['--strict'], /^✗ log-lines/m, 1],
  ] as const)('that lacks in a "should", with %j', async (options, line, exit) => {
    const { code, stdout } = await verify([...program, ...options], { env: { DEFECT: 'plain-log' } });
    expect(stdout).toMatch(line);
    expect(code).toBe(exit);
  });

  test('that ends at once: what it said', async () => {
    const { code, stderr } = await verify(['--command', `"${process.execPath}" -e 'console.error("no licence")'`]);
    expect(stderr).toMatch(/ended before it was ready\n\nno licence/);
    expect(code).toBe(1);
  });

  test('that does not exist', async () => {
    const { code, stderr } = await verify(['--command', './there-is-none']);
    expect(stderr).toMatch(/there-is-none ENOENT/);
    expect(code).toBe(1);
  });
});

describe('an address', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await startWrapper({ entrypoint: JOB });
  });
  afterAll(() => job.stop());

  test('is called only: other rules are not applicable, and not passed', async () => {
    const { code, stdout } = await verify([job.address, ...QUICK]);
    expect(stdout).toMatch(/^– log-lines .* \(not applicable: there is no power over the processes behind a URL\)$/m);
    expect(stdout).toMatch(/verified: 2 passed, 0 failed, 1 not applicable/);
    expect(code).toBe(0);
  });

  test('may be a port, with a prefix too', async () => {
    expect((await verify([new URL(job.address).port, '--only', 'live'])).code).toBe(0);
    expect((await verify([`${job.address}/pub/job/x/1`, '--only', 'perform'])).stdout).toMatch(/^✓ perform/m);
  });

  test('where nobody listens', async () => {
    const { code, stderr } = await verify(['http://127.0.0.1:9']);
    expect(stderr).toMatch(/was not ready within 5 s/);
    expect(code).toBe(1);
  });
});

test('a rule that is left out says why, from the options or from verify.json', async () => {
  const folder = folderOf({ 'verify.json': JSON.stringify({ skip: { redirects: 'no pages here' } }) });
  const args = ['--command', `"${process.execPath}" ${SERVER}`, ...QUICK, '--skip', 'live', '--because', 'it sleeps'];
  const { code, stdout } = await verify(args, { cwd: folder });
  expect(stdout).toMatch(/^– live .* \(skipped: it sleeps\)$/m);
  expect(stdout).toMatch(/^– redirects .* \(skipped: no pages here\)$/m);
  expect(stdout).toMatch(/1 passed, 0 failed, 0 not applicable, 2 skipped/);
  expect(code).toBe(0);
});

test.each([
  [[], /nothing to verify/],
  [['7000', '--command', 'x'], /7000 and x are 2 targets/],
  [['--image', 'a', '--command', 'x'], /x and a are 2 targets/],
  [['7000', '--', '--workers', '2'], /only an entrypoint/],
  [['7000', '--only', 'lives'], /no rule "lives"/],
  [['7000', '--skip', 'live'], /each --skip needs a --because/],
  [['7000', '--slow', 'x'], /--slow/],
  [['7000', '--slow', '/x:{'], /no JSON/],
  [['--command', '"x'], /not closed/],
  [['7000', '--config', 'none.json'], /none\.json cannot be read/],
] as const)('%j is wrong usage', async (args, message) => {
  const { code, stderr } = await verify(args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test.each([1, 2])('Ctrl-C, %i times, ends everything that was started', { timeout: 60_000 }, async (times) => {
  const child = spawn(process.execPath, [COMMAND, 'verify', JOB], { env: { ...process.env, ...MARKED } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await vi.waitFor(() => expect(output).toMatch(/✓ ready/), 30_000);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let time = 0; time < times; time += 1) child.kill('SIGINT');
  expect(await ended).toBe(130);
  await vi.waitFor(() => expect(markedProcesses()).toEqual([]), 10_000);
});
