/** Owns the bundles that are kept: where, and whether one still is what its files would give. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { cacheFolder } from '../../../wrapper/core/cache-folder.ts';
import type { Environment } from '../../../wrapper/core/executable.ts';
import { areUnchanged, type InputFile, inputFile } from '../input-files.ts';

interface BundleRecord {
  readonly node: string;
  /** When it was made, in milliseconds since 1970. */
  readonly made: number;
  readonly inputs: readonly InputFile[];
}

const MARK = '\n// made of ';
/** The file that holds the bundle of an entrypoint. */
export const cachePath = (entrypoint: string, env: Environment): string =>
  join(cacheFolder(env), 'nodejs', `${entrypoint}.mjs`);

/** The line that makes a bundle recognise its inputs; it comes last. */
export function recordLine(paths: readonly string[]): string {
  const record: BundleRecord = {
    node: process.version,
    made: Date.now(),
    inputs: paths.map((path) => inputFile(path)),
  };
  return `${MARK}${JSON.stringify(record)}\n`;
}

/** Whether the bundle is there and its inputs have the content of that time. */
export function readFreshBundle(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    const record = JSON.parse(text.slice(text.lastIndexOf(MARK) + MARK.length)) as BundleRecord;
    return record.node === process.version && areUnchanged(record.inputs, record.made);
  } catch {
    return false;
  }
}
