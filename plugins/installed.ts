/** Owns which installed plugins may be used: those that are allowed, and made for this Racetrack. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { packageVersion } from '../wrapper/core/package-root.ts';
import { readAllowed } from './allowed.ts';
import { layout, linkHost } from './folder.ts';
import { checkHost, MANIFEST_FILE, parsePluginManifest } from './manifest.ts';
import type { PluginContext } from './plugin.ts';
import { type Receipt, readReceipts } from './receipt.ts';

export interface InstalledPlugin {
  readonly receipt: Receipt;
  readonly context: PluginContext;
}

/** In their order; one that may not be used is told and left out. */
export async function readInstalled(
  folder: string,
  { env, onProblem }: { env: Environment; onProblem: (error: UserError) => void },
): Promise<InstalledPlugin[]> {
  const receipts = await readReceipts(folder);
  if (receipts.length === 0) return [];
  const allowed = await readAllowed(folder, env);
  await linkHost(folder);
  const usable: InstalledPlugin[] = [];
  for (const receipt of receipts) {
    const { name, version, sha256 } = receipt;
    const files = layout(folder).files(sha256);
    try {
      allowed.check({ name, version, sha256, zip: await readFile(layout(folder).zip(sha256)) });
      checkHost(parsePluginManifest(await readFile(join(files, MANIFEST_FILE), 'utf8')), packageVersion());
      const configPath = layout(folder).config(name, version);
      usable.push({ receipt, context: { name, version, folder: files, configPath } });
    } catch (cause) {
      onProblem(cause instanceof UserError ? cause : damaged(receipt, cause));
    }
  }
  return usable;
}

const damaged = ({ name, version }: Receipt, cause: unknown): UserError =>
  new UserError(`the plugin ${name} ${version} is damaged: ${messageOf(cause)}`, {
    hint: 'install it anew',
    cause,
  });
