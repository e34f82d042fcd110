/** Owns which file of a plugin is its beginning. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../wrapper/core/errors.ts';

export interface PluginEntry {
  /** `python`: a plugin of the original platform, of which the job types can be read. */
  readonly kind: 'module' | 'python';
  readonly file: string;
}

const ENTRIES: readonly PluginEntry[] = [
  { kind: 'module', file: 'plugin.mjs' },
  { kind: 'module', file: 'plugin.js' },
  { kind: 'python', file: 'plugin.py' },
];

/** The first of `plugin.mjs`, `plugin.js` and `plugin.py` that the folder has. */
export async function entryOf(folder: string): Promise<PluginEntry> {
  for (const entry of ENTRIES) {
    if (await isFile(join(folder, entry.file))) return entry;
  }
  throw new UserError('the plugin has no plugin.mjs', {
    hint: 'this ES module is where a plugin begins; it exports what definePlugin returns',
  });
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
