/** Owns removing plugins, and what no installed plugin needs any more. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../wrapper/core/file-lock.ts';
import { layout } from './folder.ts';
import { findReceipt, type Receipt, readReceipts, removeReceipt } from './receipt.ts';

/** Rejects with a UserError when it is not installed. Its configuration is kept. */
export async function uninstallPlugin(folder: string, name: string, version?: string): Promise<Receipt> {
  const receipt = await findReceipt(folder, name, version);
  const release = await acquireLock({ path: layout(folder).lock });
  try {
    await removeReceipt(folder, receipt);
    await removeUnused(folder);
    return receipt;
  } finally {
    await release();
  }
}

/** What an installation has left that was killed. */
const ABANDONED_MS = 3_600_000;

/** Removes contents without a receipt. The caller holds the lock. */
export async function removeUnused(folder: string): Promise<void> {
  const { contents, staging } = layout(folder);
  for (const name of await readdir(staging).catch(() => [])) {
    const path = join(staging, name);
    const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
  const used = new Set((await readReceipts(folder)).map(({ sha256 }) => sha256));
  const present = await readdir(contents).catch(() => []);
  for (const name of present) if (!used.has(name)) await rm(join(contents, name), { recursive: true, force: true });
}
