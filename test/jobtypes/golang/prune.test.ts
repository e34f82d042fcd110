/** What is kept of compiled jobs is bounded; what is in use, or being made, stays. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JobPackage } from '../../../jobtypes/golang/job-package.ts';
import { pruneCache } from '../../../jobtypes/golang/prune.ts';

const OLD = new Date(Date.now() - 24 * 3600 * 1000);

/** A cache with as many jobs, each with an old program. */
function cacheWith(jobs: number): string {
  const cache = mkdtempSync(join(tmpdir(), 'racetrack-go-prune-'));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  for (let n = 0; n < jobs; n += 1) addJob(cache, n, ['program-a']);
  return cache;
}

function addJob(cache: string, number: number, programs: readonly string[]): string {
  const folder = join(cache, number.toString(16).padStart(32, '0'));
  mkdirSync(folder);
  for (const name of programs) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), OLD, OLD);
  }
  utimesSync(folder, OLD, OLD);
  return folder;
}

const jobIn = (cache: string): JobPackage => ({ folder: '/job', file: undefined, moduleFolder: undefined, cache });

test('of many jobs those used last are kept', async () => {
  const cache = cacheWith(60);
  const own = addJob(cache, 100, ['program-b']);
  await pruneCache(jobIn(own), join(own, 'program-b'));
  expect(readdirSync(cache)).toHaveLength(50);
  expect(existsSync(own)).toBe(true);
});

test('a job that is being compiled just now is kept, though it has no program yet', async () => {
  const cache = cacheWith(60);
  const beginning = join(cache, 'f'.repeat(32));
  mkdirSync(beginning);
  const own = addJob(cache, 100, ['program-b']);
  await pruneCache(jobIn(own), join(own, 'program-b'));
  expect(existsSync(beginning)).toBe(true);
});

test('of many programs of a job the last are kept, and those that run', async () => {
  const cache = cacheWith(0);
  const own = addJob(cache, 1, ['program-a', 'program-b', 'program-c', 'program-d', 'program-e', 'program-now']);
  const running = join(own, 'program-a');
  utimesSync(running, new Date(), new Date());
  await pruneCache(jobIn(own), join(own, 'program-now'));
  expect(readdirSync(own)).toHaveLength(3);
  expect([existsSync(running), existsSync(join(own, 'program-now'))]).toEqual([true, true]);
});
