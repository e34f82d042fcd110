/** Owns making a plugin's folder into a ZIP. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../wrapper/core/errors.ts';
import { entryOf } from './entry.ts';
import { createMatcher, type Matcher } from './ignore.ts';
import { megabytes, PLUGIN_LIMITS } from './limits.ts';
import { MANIFEST_FILE, type PluginManifest, parsePluginManifest, rewritePluginManifest } from './manifest.ts';
import { type PackedFile, writeZip } from './zip-write.ts';

export interface Bundle {
  readonly manifest: PluginManifest;
  /** `NAME-VERSION.zip`. */
  readonly fileName: string;
  readonly zip: Buffer;
}

export interface BundleOptions {
  /** Takes the place of the manifest's version. */
  readonly version?: string | undefined;
  /** Written into the manifest; without it the bytes depend on the files only. */
  readonly buildDate?: string | undefined;
}

/** Rejects with a UserError when the folder holds no plugin. */
export async function bundlePlugin(folder: string, { version, buildDate }: BundleOptions = {}): Promise<Bundle> {
  const written = await readManifest(folder);
  const given = { ...(version ? { version } : {}), ...(buildDate ? { build_date: buildDate } : {}) };
  const text = Object.keys(given).length === 0 ? written : rewritePluginManifest(written, given);
  const manifest = parsePluginManifest(text);
  const entry = await entryOf(folder);
  const files = await readFiles(folder, createMatcher(await readRules(folder)));
  if (!files.some(({ path }) => path === entry.file)) {
    throw new UserError(`.racetrackignore leaves out ${entry.file}`, { hint: `add the line: !/${entry.file}` });
  }
  const zip = await writeZip([...files, { path: MANIFEST_FILE, content: Buffer.from(text), isExecutable: false }]);
  return { manifest, fileName: `${manifest.name}-${manifest.version}.zip`, zip };
}

async function readManifest(folder: string): Promise<string> {
  return readFile(join(folder, MANIFEST_FILE), 'utf8').catch((cause) => {
    throw new UserError(`there is no ${MANIFEST_FILE} in ${folder}`, {
      hint: 'a plugin is a folder with this file; it says at least name and version',
      cause,
    });
  });
}

async function readRules(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, '.racetrackignore'), 'utf8').catch(() => '');
  return text.split(/\r?\n/);
}

async function readFiles(folder: string, takes: Matcher): Promise<PackedFile[]> {
  const files: PackedFile[] = [];
  let total = 0;
  for (const path of await listFiles(folder, takes)) {
    const content = await readFile(join(folder, path));
    const { mode } = await lstat(join(folder, path));
    files.push({ path, content, isExecutable: (mode & 0o100) !== 0 });
    total += content.length;
    if (total > PLUGIN_LIMITS.unpackedBytes || files.length >= PLUGIN_LIMITS.entries) {
      throw new UserError(
        `${folder} is too large for a plugin: it holds more than ${megabytes(PLUGIN_LIMITS.unpackedBytes)} or ` +
          `${PLUGIN_LIMITS.entries} files`,
        { hint: 'leave out what the plugin does not need, in .racetrackignore' },
      );
    }
  }
  return files;
}

async function listFiles(folder: string, takes: Matcher, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    // A folder that is left out may hold files that are taken in again.
    if (entry.isDirectory()) return listFiles(folder, takes, path);
    if (!takes(path)) return [];
    if (entry.isFile()) return [path];
    throw new UserError(`${join(folder, path)} is a link or a device: a plugin holds files only`, {
      hint: 'put a copy in its place, or leave it out in .racetrackignore',
    });
  });
  return (await Promise.all(lists)).flat();
}
