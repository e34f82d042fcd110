/** Owns the receipts of installed plugins: what was installed, where from, and what it offers. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { compareVersions } from '../jobtypes/version.ts';
import { UserError } from '../wrapper/core/errors.ts';
import { layout } from './folder.ts';

const receiptSchema = z.object({
  name: z.string(),
  version: z.string(),
  category: z.enum(['job-type', 'infrastructure', 'core']),
  priority: z.int(),
  kind: z.enum(['module', 'python']),
  /** The entry, as seen from the plugin's files. */
  file: z.string(),
  /** Of the ZIP, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The path, address or package that it was installed from. */
  origin: z.string(),
  installedAt: z.iso.datetime(),
  hooks: z.array(z.string()),
  jobTypes: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      description: z.string(),
      /** Of a Python plugin, as far as it could be read. */
      images: z
        .array(z.object({ source: z.enum(['jobtype', 'job']), path: z.string(), template: z.boolean() }))
        .optional(),
    }),
  ),
  infrastructureTargets: z.array(z.string()),
  /** The page of a Python plugin. */
  docs: z.string().optional(),
});

export type Receipt = z.infer<typeof receiptSchema>;

/** By priority, then by version, as hooks are called. */
export async function readReceipts(folder: string): Promise<Receipt[]> {
  const { receipts } = layout(folder);
  const names = await readdir(receipts).catch(whenMissing([]));
  const paths = await Promise.all(
    names.map(async (name) => {
      const files = await readdir(join(receipts, name)).catch(whenMissing([]));
      return files.filter((file) => file.endsWith('.json')).map((file) => join(receipts, name, file));
    }),
  );
  const read = await Promise.all(paths.flat().map(readReceipt));
  return read
    .filter((receipt) => receipt !== undefined)
    .sort(
      (one, other) =>
        one.priority - other.priority ||
        compareVersions(one.version, other.version) ||
        (one.name < other.name ? -1 : 1),
    );
}

/** Rejects with a UserError that lists what is installed when this plugin is not. The version may be left out if there is only one. */
export async function findReceipt(folder: string, name: string, version?: string): Promise<Receipt> {
  const receipts = await readReceipts(folder);
  const named = receipts.filter((receipt) => receipt.name === name);
  const found = named.filter((receipt) => version === undefined || receipt.version === version);
  const [receipt] = found;
  if (receipt && found.length === 1) return receipt;
  const list = (given: readonly Receipt[]) => given.map((each) => `${each.name} ${each.version}`).join(', ');
  if (found.length > 1) {
    throw new UserError(`the plugin ${name} is installed in several versions: ${list(found)}`, {
      hint: 'name the version as well',
    });
  }
  throw new UserError(`the plugin ${name}${version === undefined ? '' : ` ${version}`} is not installed`, {
    hint: `installed are: ${list(named.length > 0 ? named : receipts) || 'none'}`,
  });
}

/** Undefined when it has been removed meanwhile. */
async function readReceipt(path: string): Promise<Receipt | undefined> {
  const text = await readFile(path, 'utf8').catch(whenMissing(undefined));
  if (text === undefined) return undefined;
  try {
    return receiptSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(`${path} is no receipt of a plugin`, {
      hint: 'remove this file, and install the plugin anew',
      cause,
    });
  }
}

/** Puts a plugin in force, in one step. */
export async function writeReceipt(folder: string, receipt: Receipt): Promise<void> {
  const path = layout(folder).receipt(receipt.name, receipt.version);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(receipt, null, 2)}\n`);
  await rename(draft, path);
}

export const removeReceipt = (folder: string, { name, version }: Receipt): Promise<void> =>
  rm(layout(folder).receipt(name, version), { force: true });

const whenMissing =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
