/** Owns installing a plugin: fetched, checked, tried, and only then put in force, in one step. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Versioned } from '../jobtypes/registry.ts';
import { UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { acquireLock } from '../wrapper/core/file-lock.ts';
import { packageVersion } from '../wrapper/core/package-root.ts';
import { readAllowed } from './allowed.ts';
import { entryOf } from './entry.ts';
import { layout, linkHost } from './folder.ts';
import { PLUGIN_LIMITS, type PluginLimits } from './limits.ts';
import { checkHost, MANIFEST_FILE, type PluginManifest, parsePluginManifest } from './manifest.ts';
import { type PluginOffer, probePlugin } from './probe.ts';
import { type PythonOffer, readPythonOffer } from './python-offer.ts';
import { type Receipt, readReceipts, removeReceipt, writeReceipt } from './receipt.ts';
import { removeUnused } from './remove.ts';
import { fetchPlugin } from './source.ts';
import { unpackZip } from './zip-read.ts';

export interface InstallOrder {
  readonly uri: string;
  /** The plugins folder. */
  readonly folder: string;
  readonly cwd: string;
  readonly env: Environment;
  /** Removes the other versions of the plugin. */
  readonly replace: boolean;
  /** Job types that plugins may not define again. */
  readonly builtIn: readonly Versioned[];
  /** Told before any code of the plugin runs. */
  readonly onFound: (found: Found) => void;
  readonly limits?: PluginLimits;
}

export interface Found {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly sha256: string;
}

/** Rejects with a UserError when the plugin cannot be used; everything is then as it was before. */
export async function installPlugin(order: InstallOrder): Promise<Receipt> {
  const { folder, env, limits = PLUGIN_LIMITS } = order;
  const { zip, origin } = await fetchPlugin(order.uri, order);
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const staging = join(layout(folder).staging, randomUUID());
  const files = join(staging, 'files');
  try {
    await mkdir(files, { recursive: true });
    // Ends the search for the package that the files belong to: they are modules of none.
    await writeFile(join(staging, 'package.json'), '{ "private": true, "type": "module" }\n');
    await unpackZip(zip, files, limits);
    const manifest = await readManifest(files);
    const { name, version } = manifest;
    checkHost(manifest, packageVersion());
    (await readAllowed(folder, env)).check({ name, version, sha256, zip });
    order.onFound({ name, version, origin, sha256 });
    await linkHost(folder);
    const { kind, file } = await entryOf(files);
    const offer = await offerOf(order, { manifest, files, kind, file });
    const receipt = createReceipt({ manifest, kind, file, sha256, origin, offer });
    await writeFile(join(staging, 'plugin.zip'), zip);
    await putInForce(order, receipt, staging);
    return receipt;
  } catch (cause) {
    throw isOfFileSystem(cause) ? notKept(folder, cause) : cause;
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => {}); // what has failed is told already
  }
}

const isOfFileSystem = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && !(cause instanceof UserError);

const notKept = (folder: string, cause: Error): UserError =>
  new UserError(`plugins cannot be kept in ${folder}: ${cause.message}`, {
    hint: 'see that it can be written to, or name another folder in RACETRACK_PLUGINS',
    cause,
  });

async function readManifest(files: string): Promise<PluginManifest> {
  const text = await readFile(join(files, MANIFEST_FILE), 'utf8').catch((cause) => {
    throw new UserError(`this is no plugin: it has no ${MANIFEST_FILE} at its top level`, {
      hint: 'make a plugin into a ZIP with: racetrack plugin bundle',
      cause,
    });
  });
  return parsePluginManifest(text);
}

interface Unpacked extends Pick<Receipt, 'kind' | 'file'> {
  readonly manifest: PluginManifest;
  readonly files: string;
}

async function offerOf(
  { folder, env, limits = PLUGIN_LIMITS }: InstallOrder,
  { manifest, files, kind, file }: Unpacked,
): Promise<PluginOffer | PythonOffer> {
  if (kind === 'python') return readPythonOffer({ folder: files, manifest, env, limits });
  const { name, version } = manifest;
  const context = { name, version, folder: files, configPath: layout(folder).config(name, version) };
  return probePlugin({ context, file }, limits.loadMs);
}

interface Parts extends Pick<Receipt, 'kind' | 'file' | 'sha256' | 'origin'> {
  readonly manifest: PluginManifest;
  readonly offer: PluginOffer | PythonOffer;
}

function createReceipt({ manifest, offer, ...parts }: Parts): Receipt {
  const { name, version, priority = 0 } = manifest;
  const category = manifest.category ?? (offer.infrastructureTargets.length > 0 ? 'infrastructure' : 'job-type');
  const installedAt = new Date().toISOString();
  return { name, version, category, priority, ...parts, installedAt, ...structuredClone(offer) } as Receipt;
}

/** One process at a time; a process that dies on the way leaves what was in force before. */
async function putInForce(order: InstallOrder, receipt: Receipt, staging: string): Promise<void> {
  const { folder, replace, builtIn } = order;
  const paths = layout(folder);
  const release = await acquireLock({ path: paths.lock });
  try {
    const installed = await readReceipts(folder);
    const others = installed.filter(({ name, version }) => name === receipt.name && version !== receipt.version);
    const staying = installed.filter(({ name }) => name !== receipt.name).concat(replace ? [] : others);
    checkConflicts(receipt, { staying, builtIn });
    await mkdir(paths.contents, { recursive: true });
    await rename(staging, paths.content(receipt.sha256)).catch((error: NodeJS.ErrnoException) => {
      // The same bytes are there already.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await writeReceipt(folder, receipt);
    if (replace) for (const other of others) await removeReceipt(folder, other);
    await removeUnused(folder);
  } finally {
    await release();
  }
}

function checkConflicts(
  receipt: Receipt,
  { staying, builtIn }: { staying: readonly Receipt[]; builtIn: readonly Versioned[] },
): void {
  const { name, version } = receipt;
  if (receipt.category === 'infrastructure') {
    const other = staying.find((each) => each.name === name);
    if (other) {
      throw new UserError(`the infrastructure plugin ${name} is installed already, in version ${other.version}`, {
        hint: 'there can be one version of it only; take its place with --replace',
      });
    }
  }
  for (const type of receipt.jobTypes) {
    const isSame = (each: Versioned) => each.name === type.name && each.version === type.version;
    const owner = staying.find(({ jobTypes }) => jobTypes.some(isSame));
    if (!owner && !builtIn.some(isSame)) continue;
    const other = owner ? `the plugin ${owner.name} ${owner.version}` : 'Racetrack itself';
    throw new UserError(
      `the job type ${type.name}:${type.version} of ${name} ${version} is defined by ${other} already`,
      {
        hint: 'uninstall that plugin, or give the job type another name or version',
      },
    );
  }
}
