/** Owns the configuration of plugins: one file for each version, which may hold secrets. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import { ManifestError } from '../wrapper/core/finding.ts';
import { parseYaml } from '../wrapper/core/manifest-yaml.ts';
import { layout } from './folder.ts';
import type { Receipt } from './receipt.ts';

const SIZE_LIMIT = 256 * 1024;
/** For the owner only. */
const MODE = 0o600;

/** Empty when there is none. */
export async function readPluginConfig(folder: string, { name, version }: Receipt): Promise<string> {
  return readFile(layout(folder).config(name, version), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Takes the text of a YAML file. Rejects with a UserError when it is none; the old configuration then stays. */
export async function writePluginConfig(folder: string, { name, version }: Receipt, source: string): Promise<string> {
  const text = await readText(source);
  try {
    parseYaml(text, source);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new UserError(`the configuration cannot be used: ${error.located}`, error.hint ? { hint: error.hint } : {});
  }
  const path = layout(folder).config(name, version);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: MODE });
  await rename(draft, path);
  return path;
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > SIZE_LIMIT) throw new Error('it is larger than 256 KiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw new UserError(`the configuration cannot be read: ${messageOf(cause)}`, {
      hint: 'give the path of a small YAML file',
      cause,
    });
  }
}
