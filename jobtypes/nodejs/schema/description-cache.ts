/** Owns the descriptions that are kept: where, and whether one still is what the job's files would give. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TypeDescription, TypeRequest } from './description.ts';
import { keepFile } from './kept-files.ts';
import { areUnchanged, type SeenFile } from './seen-files.ts';

interface KeptDescription {
  readonly description: TypeDescription;
  /** When the files were seen, in milliseconds since 1970. */
  readonly seenAt: number;
  readonly seen: readonly SeenFile[];
}

/** Descriptions of jobs that are gone are removed when there are so many. */
const KEPT_LIMIT = 200;

interface PlaceRequest extends TypeRequest {
  readonly cacheFolder: string;
  /** The program that describes: another version of it may say something else. */
  readonly command: string;
}

/** The file in which the description of a job is kept. */
export function descriptionFile({ entrypoint, exportName, cacheFolder, command }: PlaceRequest): string {
  const status = statSync(command, { throwIfNoEntry: false });
  const key = JSON.stringify([entrypoint, exportName, command, status?.size, status?.mtimeMs]);
  return join(cacheFolder, 'types', `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.json`);
}

/** Undefined when there is none, or when a file has changed since. */
export function findDescription(file: string): TypeDescription | undefined {
  try {
    const { description, seenAt, seen } = JSON.parse(readFileSync(file, 'utf8')) as KeptDescription;
    return areUnchanged(seen, seenAt) ? description : undefined;
  } catch {
    return undefined;
  }
}

export function keepDescription(file: string, kept: KeptDescription): void {
  keepFile(file, JSON.stringify(kept), KEPT_LIMIT);
}
