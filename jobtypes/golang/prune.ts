/** Owns the bound of what is kept: the programs and packages that nobody has used for longest go. */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JobPackage } from './job-package.ts';

/** Programs of one job, and jobs. */
const PROGRAMS = 3;
const JOBS = 50;
/** A program that runs refreshes its file every half an hour: its workers are started from it again when they end. */
const RECENT_MS = 2 * 3600 * 1000;

/** Called whenever a program was compiled. What cannot be removed stays. */
export async function pruneCache(job: JobPackage, program: string): Promise<void> {
  const now = new Date();
  await utimes(program, now, now);
  const programs = await programsIn(job.cache);
  const jobs = await namesIn(dirname(job.cache), /^[0-9a-f]{32}$/);
  const used = jobs.map(async (path) => ({ path, at: await lastUse(path) }));
  await removeOldest(programs, PROGRAMS);
  await removeOldest(await Promise.all(used), JOBS);
}

interface Used {
  readonly path: string;
  readonly at: number;
}

async function removeOldest(kept: readonly Used[], bound: number): Promise<void> {
  for (const { path, at } of kept.toSorted((a, b) => b.at - a.at).slice(bound)) {
    if (Date.now() - at > RECENT_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Of the folder itself, too: a job that is being compiled for the first time has no program yet. */
async function lastUse(job: string): Promise<number> {
  const programs = await programsIn(job);
  return Math.max(await changed(job), ...programs.map(({ at }) => at));
}

async function programsIn(folder: string): Promise<Used[]> {
  const paths = await namesIn(folder, /^program-/);
  return Promise.all(paths.map(async (path) => ({ path, at: await changed(path) })));
}

async function changed(path: string): Promise<number> {
  const status = await stat(path).catch(() => undefined);
  return status?.mtimeMs ?? 0;
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
}
