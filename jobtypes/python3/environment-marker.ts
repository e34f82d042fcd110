/** Owns the sign that an environment is whole: a file that names it, written last, so that a killed installation has none. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isExecutable } from '../../wrapper/core/executable.ts';

const MARKER = 'complete';

/** Undefined when there is no environment, an unfinished one, or one whose interpreter is gone. */
export function finishedPython(folder: string): string | undefined {
  try {
    const python = join(folder, readFileSync(join(folder, MARKER), 'utf8'), 'bin', 'python');
    return isExecutable(python) ? python : undefined;
  } catch {
    return undefined;
  }
}

/** From here on, the environment of this name counts. */
export async function markFinished(folder: string, name: string): Promise<void> {
  const marker = join(folder, `${MARKER}.${name}`);
  await writeFile(marker, name);
  await rename(marker, join(folder, MARKER));
}
