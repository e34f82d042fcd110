/** Owns the descriptions that are kept: where, and whether one still is what the job's files would give. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { areUnchanged, type InputFile } from '../input-files.ts';
import type { TypeDescription, TypeRequest } from './description.ts';

export interface KeptDescription {
  readonly description: TypeDescription;
  /** The program that described: another version of it may say something else. */
  readonly describer: string;
  /** When the files were read, in milliseconds since 1970. */
  readonly made: number;
  readonly inputs: readonly InputFile[];
  /** Until when it counts at most; absent for one that is right as long as its inputs are the same. */
  readonly expires?: number;
}

/** The file in which the description of a job is kept. */
export function descriptionFile(cacheFolder: string, { entrypoint, exportName = '' }: TypeRequest): string {
  return join(cacheFolder, 'nodejs', `${entrypoint}.${encodeURIComponent(exportName)}.types.json`);
}

/** Names a version of a program. */
export function stampOf(command: string): string {
  const { size, mtimeMs } = statSync(command);
  return `${command} ${size} ${mtimeMs}`;
}

/** Undefined when there is none, or when a file has changed since. */
export function findDescription(file: string, describer: string): TypeDescription | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as KeptDescription;
    const { description, made, inputs, expires = Infinity } = kept;
    const counts = kept.describer === describer && Date.now() < expires && areUnchanged(inputs, made);
    return counts ? description : undefined;
  } catch {
    return undefined;
  }
}
