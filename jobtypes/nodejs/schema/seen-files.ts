/** Owns what a program was made from: the files it read and those it looked for in vain, so that a change is noticed. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** A file as it was read; one without a hash was not there. */
export interface SeenFile {
  readonly path: string;
  readonly hash?: string;
  readonly size?: number;
  readonly modified?: number;
}

/** A file that changed so shortly before it was read may change again without a new time. */
const CLOCK_STEP_MS = 2_000;

/** Collects what a compiler asks for. */
export class SeenFiles {
  readonly #files = new Map<string, SeenFile>();

  get files(): SeenFile[] {
    return [...this.#files.values()];
  }

  read(path: string): string | undefined {
    try {
      const status = statSync(path);
      const content = readFileSync(path);
      this.#files.set(path, { path, hash: hashOf(content), size: status.size, modified: status.mtimeMs });
      return decode(content);
    } catch {
      this.missed(path);
      return undefined;
    }
  }

  /** Notes that nothing of this name is there, or no such thing as was wanted. */
  missed(path: string): false {
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) this.#files.set(path, { path });
    return false;
  }
}

/** Whether all files are still as they were at that time. */
export function areUnchanged(files: readonly SeenFile[], seenAt: number): boolean {
  return files.every((file) => isUnchanged(file, seenAt));
}

function isUnchanged({ path, hash, size, modified }: SeenFile, seenAt: number): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (hash === undefined || status === undefined) return hash === undefined && status === undefined;
  if (status.size !== size) return false;
  if (status.mtimeMs === modified && status.mtimeMs < seenAt - CLOCK_STEP_MS) return true;
  return hashOf(readFileSync(path)) === hash;
}

const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('base64');

function decode(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return content.toString('utf16le', 2);
  return content.toString('utf8').replace(/^\uFEFF/, '');
}
