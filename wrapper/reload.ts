/** Owns watching a job's folder for changes. */
import { fstatSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { watch } from 'chokidar';

/** Editors write a file in several steps: what follows within this time belongs to the same change. */
const SETTLE_MS = 100;
const IGNORED = new Set(['node_modules', '__pycache__', 'venv', '.venv']);

/** Calls `onChange` with a changed file's path, one change at a time; resolves when the watching has begun. */
export function watchFolder(folder: string, onChange: (file: string) => Promise<void>): Promise<void> {
  let changed: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let working = false;

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    while (changed !== undefined) {
      const file = changed;
      changed = undefined;
      await onChange(file);
    }
    working = false;
  }
  const watcher = watch(folder, {
    ignoreInitial: true,
    alwaysStat: true,
    ignored: (path) => isIgnored(relative(folder, path)),
  });
  watcher.on('all', (_event, path, stats) => {
    if (stats && isOwnOutput(stats)) return; // a log in the job's folder must not cause what it then reports
    changed = relative(folder, path);
    clearTimeout(timer);
    timer = setTimeout(() => void work(), SETTLE_MS);
  });
  return new Promise((resolve) => watcher.once('ready', () => resolve()));
}

function isOwnOutput(stats: { dev: number; ino: number }): boolean {
  return [1, 2].some((descriptor) => {
    const own = fstatSync(descriptor);
    return own.ino === stats.ino && own.dev === stats.dev;
  });
}

/** Hidden files, environments and what running the job itself writes. */
function isIgnored(path: string): boolean {
  return (
    path.split(sep).some((part) => (part.startsWith('.') && part !== '.' && part !== '..') || IGNORED.has(part)) ||
    /\.(pyc|log|tmp)$|~$/.test(path)
  );
}
