/** Owns the bundles that are kept: where, and whether one still is what its files would give. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { cacheFolder } from '../../../wrapper/core/cache-folder.ts';
import type { Environment } from '../../../wrapper/core/executable.ts';

/** One file that a bundle was made of. */
interface InputFile {
  readonly path: string;
  /** Null when there was no such file: one that appears changes the bundle. */
  readonly state: { readonly size: number; readonly modified: number; readonly hash: string } | null;
}

interface BundleRecord {
  readonly node: string;
  /** When it was made, in milliseconds since 1970. */
  readonly made: number;
  readonly inputs: readonly InputFile[];
}

const MARK = '\n// made of ';
/** A file changed so shortly before a bundle was made may have been changed once more without its time showing it. */
const CLOCK_STEP_MS = 50;

/** The file that holds the bundle of an entrypoint. */
export const cachePath = (entrypoint: string, env: Environment): string =>
  join(cacheFolder(env), 'nodejs', `${entrypoint}.mjs`);

/** The line that makes a bundle recognise its inputs; it comes last. */
export function recordLine(paths: readonly string[]): string {
  const inputs = paths.map((path): InputFile => ({ path, state: stateOf(path) }));
  const record: BundleRecord = { node: process.version, made: Date.now(), inputs };
  return `${MARK}${JSON.stringify(record)}\n`;
}

/** Whether the bundle is there and its inputs have the content of that time. */
export function readFreshBundle(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    const record = JSON.parse(text.slice(text.lastIndexOf(MARK) + MARK.length)) as BundleRecord;
    return record.node === process.version && record.inputs.every((input) => isSame(input, record.made));
  } catch {
    return false;
  }
}

function isSame({ path, state }: InputFile, made: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || !state) return !stats?.isFile() && !state;
  if (stats.size !== state.size) return false;
  const untouched = stats.mtimeMs === state.modified && stats.mtimeMs < made - CLOCK_STEP_MS;
  return untouched || hashOf(path) === state.hash;
}

function stateOf(path: string): InputFile['state'] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? { size: stats.size, modified: stats.mtimeMs, hash: hashOf(path) } : null;
}

function hashOf(path: string): string {
  // Loaded when a file looks changed: a start that finds everything as it was is quicker without.
  const { createHash } = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
