/** Owns telling whether files are still what they were: by what the system says of them, and by their content where that may lie. */
import { createHash } from 'node:crypto';
import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';

/** What was seen of one file; `content` is empty for a file that was not there. */
interface SeenFile {
  readonly path: string;
  readonly state: string;
  readonly content: string;
}

/** The names in one folder: all of them, or those that a compiler looks at. */
interface SeenFolder {
  readonly path: string;
  readonly names: 'all' | 'source';
  readonly content: string;
}

export interface Fingerprint {
  /** When it was taken, in milliseconds since 1970. */
  readonly taken: number;
  readonly files: readonly SeenFile[];
  readonly folders: readonly SeenFolder[];
}

export interface Watched {
  readonly files: readonly string[];
  readonly folders: readonly Omit<SeenFolder, 'content'>[];
}

/** A file that was written so shortly before it was looked at may be written again without a visible change. */
const DOUBTFUL_MS = 2_000;
const ABSENT = 'absent';
const SOURCE_ENDINGS = /^\.(go|c|cc|cpp|cxx|m|h|hh|hpp|hxx|f|F|for|f90|s|S|sx|swig|swigcxx|syso)$/;

export function takeFingerprint({ files, folders }: Watched): Fingerprint {
  return {
    taken: Date.now(),
    files: files.map((path) => ({ path, state: stateOf(statOf(path)), content: contentOf(path) })),
    folders: folders.map((folder) => ({ ...folder, content: namesIn(folder) })),
  };
}

/** Files that only look different, as after a fresh checkout, count as the same. */
export function isUnchanged({ taken, files, folders }: Fingerprint): boolean {
  return (
    files.every((file) => isSameFile(file, taken)) && folders.every((folder) => namesIn(folder) === folder.content)
  );
}

function isSameFile({ path, state, content }: SeenFile, taken: number): boolean {
  const stats = statOf(path);
  const isTrusted = stats === undefined || latest(stats) < BigInt(taken - DOUBTFUL_MS);
  if (isTrusted && stateOf(stats) === state) return true;
  return contentOf(path) === content;
}

const statOf = (path: string): BigIntStats | undefined => {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

const latest = ({ mtimeMs, ctimeMs }: BigIntStats): bigint => (mtimeMs > ctimeMs ? mtimeMs : ctimeMs);

const stateOf = (stats: BigIntStats | undefined): string =>
  stats === undefined ? ABSENT : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;

function contentOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return '';
  }
}

function namesIn({ path, names }: Omit<SeenFolder, 'content'>): string {
  try {
    const found = readdirSync(path).filter((name) => names === 'all' || isSource(name));
    return found.sort().join('/');
  } catch {
    return '';
  }
}

const isSource = (name: string): boolean => SOURCE_ENDINGS.test(extname(name)) && !name.endsWith('_test.go');
