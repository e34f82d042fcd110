/** Owns writing a file that is kept to save time: it appears whole or not at all. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One that cannot be written costs the next start its time, nothing else. */
export function keepFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    return;
  }
}
