/** Owns the proof that .ci/run runs every step, fails when one fails, and always closes with the totals. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'racetrack-ci-'));
  cpSync(join(PROJECT, '.ci/run'), join(folder, '.ci/run'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WRITE_TOTALS = 'mkdir -p .cache; echo "12 passed, 0 failed" > .cache/test-totals.txt';

test('succeeds when every step succeeds', () => {
  const { status, lines } = runWithNpm(`if [ "$1" = test ]; then ${WRITE_TOTALS}; fi`);
  expect(status).toBe(0);
  expect(lines.slice(-2)).toEqual(['all steps passed', '12 passed, 0 failed']);
});

test('goes on after a failed step, names it and fails', () => {
  const { status, lines } = runWithNpm(`if [ "$1" = test ]; then ${WRITE_TOTALS}; fi; [ "$2" != lint ]`);
  expect(status).toBe(1);
  expect(lines.slice(-2)).toEqual(['failed steps: lint', '12 passed, 0 failed']);
  expect(lines).toContain('npm run test:node-versions');
});

test('counts one failure when the tests leave no totals, not those of an earlier run', () => {
  mkdirSync(join(folder, '.cache'));
  writeFileSync(join(folder, '.cache/test-totals.txt'), '99 passed, 0 failed\n');
  const { status, lines } = runWithNpm('[ "$1" != test ]');
  expect(status).toBe(1);
  expect(lines.slice(-2)).toEqual(['failed steps: test', '0 passed, 1 failed']);
});

/** Runs the copy of .ci/run with a stand-in for npm, a line of shell that sees npm's arguments. */
function runWithNpm(line: string) {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "npm $*"\n${line}\n`);
  chmodSync(join(folder, 'bin/npm'), 0o755);
  const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const { status, stdout } = spawnSync('bash', [join(folder, '.ci/run')], {
    env: { ...process.env, PATH },
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}
