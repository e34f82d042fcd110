/** Owns the files that something kept was made of, so that a change of any of them is noticed. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface InputFile {
  readonly path: string;
  /** Null when nothing of this name was there: what appears there makes a difference. */
  readonly state: { readonly size: number; readonly modified: number; readonly hash: string } | null;
}

/** A file changed so shortly before something was made of it may have been changed once more without its time showing it. */
const CLOCK_STEP_MS = 50;

/** A file as it is now, with its content if that has been read already. Throws when it is there and cannot be read. */
export function inputFile(path: string, content?: Buffer): InputFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { path, state: null };
  const hash = content === undefined ? hashOf(path) : hashOfContent(content);
  return { path, state: { size: stats.size, modified: stats.mtimeMs, hash } };
}

/** Whether all files have the content that they had at `made`, in milliseconds since 1970. */
export function areUnchanged(files: readonly InputFile[], made: number): boolean {
  return files.every((file) => isUnchanged(file, made));
}

function isUnchanged({ path, state }: InputFile, made: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || !state) return !stats && !state;
  if (stats.size !== state.size) return false;
  const untouched = stats.mtimeMs === state.modified && stats.mtimeMs < made - CLOCK_STEP_MS;
  return untouched || hashOf(path) === state.hash;
}

/** A folder where a file might be has no content. */
const hashOf = (path: string): string => (statSync(path).isFile() ? hashOfContent(readFileSync(path)) : '');

function hashOfContent(content: Buffer): string {
  // Loaded when a file looks changed: a start that finds everything as it was is quicker without.
  const { createHash } = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return createHash('sha256').update(content).digest('base64');
}
