/** Owns the proof that the import rules catch what they forbid, and that a checker that sees nothing fails. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');
const COPIED = ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json', 'wrapper', 'jobtypes', 'plugins', 'cli'];
// A check reads the whole project, and other tests run at the same time.
const LIMIT_MS = 60_000;
let copy: string;

vi.setConfig({ testTimeout: LIMIT_MS });

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'racetrack-boundaries-'));
  for (const name of COPIED) {
    if (existsSync(join(PROJECT, name))) cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

const EMPTY = 'export {};\n';
const planted = [
  ['core-stands-alone', 'wrapper/core/planted.ts', "import '../planted-metrics.ts';"],
  ['wrapper-knows-no-rim', 'wrapper/planted-rim.ts', "import type {} from '../builder/planted.ts';"],
  ['jobtypes-knows-no-rim', 'jobtypes/planted-a/up.ts', "import '../../lifecycle/planted.ts';"],
  ['job-types-stand-apart', 'jobtypes/planted-a/aside.ts', "import '../planted-b/index.ts';"],
  ['roots-are-not-imported', 'wrapper/planted-root.ts', "import './cli/planted.ts';"],
  ['no-cycles', 'wrapper/planted-a-cycle.ts', "import './planted-b-cycle.ts';"],
  ['no-test-code', 'wrapper/planted-test.ts', "import '../test/planted.ts';"],
  ['no-dev-packages', 'wrapper/planted-dev.ts', "import 'supertest';"],
  ['no-unresolved', 'wrapper/planted-typo.ts', "import './no-such-file.ts';"],
  ['home-of-express', 'wrapper/planted-express.ts', "import express from 'express';"],
  ['home-of-opentelemetry', 'wrapper/planted-otel.ts', "import { trace } from '@opentelemetry/api';"],
] as const;

test('every kind of forbidden import is reported with its file', () => {
  for (const target of [
    'wrapper/planted-metrics.ts',
    'wrapper/cli/planted.ts',
    'builder/planted.ts',
    'test/planted.ts',
  ]) {
    plant(target, EMPTY);
  }
  for (const target of ['lifecycle/planted.ts', 'jobtypes/planted-b/index.ts']) plant(target, EMPTY);
  plant('wrapper/planted-b-cycle.ts', "import './planted-a-cycle.ts';\n");
  for (const [, file, line] of planted) plant(file, `${line}\n`);

  const { status, violations } = runBoundaries();
  expect(status).toBe(1);
  for (const [rule, file] of planted) expect(violations).toContainEqual([file, rule]);
});

test('what the rules allow is not reported', () => {
  plant('wrapper/planted-metrics.ts', "import type {} from './planted-type-cycle.ts';\n");
  plant('wrapper/planted-type-cycle.ts', "import './planted-metrics.ts';\nimport './core/planted.ts';\n");
  plant('wrapper/core/planted.ts', EMPTY);
  plant('wrapper/cli/planted.ts', "import 'commander';\nimport '../../jobtypes/planted-a/index.ts';\n");
  plant('jobtypes/planted-a/index.ts', "import '../../wrapper/planted-metrics.ts';\n");

  const { violations } = runBoundaries();
  expect(violations.filter(([file]) => file.includes('planted'))).toEqual([]);
});

test('a product file that the checker does not see fails the run', () => {
  plant('wrapper/planted-unseen.ts', EMPTY);
  const config = join(copy, '.dependency-cruiser.cjs');
  appendFileSync(config, "module.exports.options.exclude = { path: 'planted-unseen' };\n");
  const { status, stderr } = runBoundaries();
  expect(status).toBe(1);
  expect(stderr).toMatch(/not seen .*\n {2}wrapper\/planted-unseen\.ts\n/);
});

function plant(file: string, text: string) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

/** Each violation is two lines: the import, and below it the rule with its reason. */
function runBoundaries() {
  const script = join(PROJECT, 'scripts/boundaries.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, copy], { encoding: 'utf8' });
  const violations = [...stderr.matchAll(/^(\S+) → .*\n {2}([\w-]+): /gm)].map(([, file, rule]) => [
    file ?? '',
    rule ?? '',
  ]);
  return { status, stderr, violations: violations as [string, string][] };
}
