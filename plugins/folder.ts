/** Owns where plugins are kept. */
import { existsSync } from 'node:fs';
import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { packageRoot } from '../wrapper/core/package-root.ts';

/** `RACETRACK_PLUGINS`, or `racetrack/plugins` in the user's data folder. */
export function pluginsFolder(env: Environment): string {
  const given = env.RACETRACK_PLUGINS;
  if (given !== undefined && given !== '') {
    if (isAbsolute(given)) return given;
    throw new UserError(`RACETRACK_PLUGINS is ${given}, which is not an absolute path`, {
      hint: 'begin it with a slash: plugins are used from many folders',
    });
  }
  const data = env.XDG_DATA_HOME;
  const top = data !== undefined && isAbsolute(data) ? data : join(env.HOME || homedir(), '.local/share');
  return join(top, 'racetrack/plugins');
}

/** The parts of a plugins folder. */
export const layout = (folder: string) => ({
  /** One receipt for each installed version; writing it is what installs a plugin. */
  receipts: join(folder, 'installed'),
  receipt: (name: string, version: string) => join(folder, 'installed', name, `${version}.json`),
  /** The ZIP and the files of a plugin, in a folder named by the SHA-256 of the ZIP: it never changes. */
  contents: join(folder, 'content'),
  content: (sha256: string) => join(folder, 'content', sha256),
  zip: (sha256: string) => join(folder, 'content', sha256, 'plugin.zip'),
  files: (sha256: string) => join(folder, 'content', sha256, 'files'),
  config: (name: string, version: string) => join(folder, 'config', name, version, 'config.yaml'),
  staging: join(folder, 'staging'),
  lock: join(folder, 'lock'),
});

/** Lets plugins import `racetrack/plugin`: they find this very package above their own folder. */
export async function linkHost(folder: string): Promise<void> {
  const link = join(folder, 'node_modules/racetrack');
  const host = packageRoot();
  if ((await readlink(link).catch(() => undefined)) === host && existsSync(link)) return;
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await rm(link, { force: true });
  await symlink(host, link, 'junction').catch(async (error: NodeJS.ErrnoException) => {
    // Another process may have been faster.
    if (error.code !== 'EEXIST' || !(await lstat(link)).isSymbolicLink()) throw error;
  });
}
