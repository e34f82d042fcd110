/** Owns files that are kept to save time: they appear whole or not at all, and the oldest go. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** Keeps a file, and at most so many with its ending. One that cannot be written costs the next start its time, nothing else. */
export function keepFile(path: string, content: string | Uint8Array, limit: number): void {
  try {
    const draft = `${path}.${process.pid}`;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
    removeOldest(dirname(path), extname(path), limit);
  } catch {
    return;
  }
}

function removeOldest(folder: string, ending: string, limit: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), time: timeOf(join(folder, name)) }));
  files.sort((left, right) => right.time - left.time);
  for (const { path } of files.slice(limit)) rmSync(path, { force: true });
}

const timeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
