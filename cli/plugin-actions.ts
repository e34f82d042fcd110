/** Owns what `racetrack plugin` does and prints. */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stdout } from 'node:process';
import { builtInJobTypes } from '../jobtypes/built-in.ts';
import { fullName } from '../jobtypes/job-type.ts';
import { createRegistry, type Versioned } from '../jobtypes/registry.ts';
import { bundlePlugin } from '../plugins/bundle.ts';
import { readPluginConfig, writePluginConfig } from '../plugins/config.ts';
import { layout, pluginsFolder } from '../plugins/folder.ts';
import { type Found, installPlugin } from '../plugins/install.ts';
import { findReceipt, type Receipt, readReceipts } from '../plugins/receipt.ts';
import { uninstallPlugin } from '../plugins/remove.ts';
import { parsePrivateKey, signZip } from '../plugins/signature.ts';
import { UserError } from '../wrapper/core/errors.ts';

export interface BundleOptions {
  readonly out?: string;
  readonly outFilename?: string;
  readonly pluginVersion?: string;
  readonly buildDate?: string;
  readonly sign?: string;
}

export interface InstallOptions {
  readonly replace?: boolean;
}

export interface ListOptions {
  readonly jobTypes?: boolean;
  readonly json?: boolean;
}

export interface DownloadOptions {
  readonly out: string;
}

export interface ConfigOptions {
  readonly set?: string;
}

const { env } = process;
const say = (text: string): void => void stdout.write(`${text}\n`);

export async function bundle(workdir: string, options: BundleOptions): Promise<void> {
  const key = options.sign === undefined ? undefined : await readKey(options.sign);
  const made = await bundlePlugin(resolve(workdir), { version: options.pluginVersion, buildDate: options.buildDate });
  const path = join(await existingFolder(options.out ?? workdir), options.outFilename ?? made.fileName);
  await writeFile(path, key ? signZip(made.zip, key) : made.zip);
  say(`the plugin ${made.manifest.name} ${made.manifest.version} has been written to ${path}`);
}

async function readKey(path: string) {
  const pem = await readFile(path, 'utf8').catch((cause) => {
    throw new UserError(`the key ${path} cannot be read`, { hint: 'check the path', cause });
  });
  return parsePrivateKey(pem, path);
}

async function existingFolder(path: string): Promise<string> {
  const folder = resolve(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  throw new UserError(`there is no folder ${folder}`, { hint: 'make it first, or name another one with --out' });
}

export async function install(uri: string, { replace = false }: InstallOptions): Promise<void> {
  const builtIn = builtInJobTypes.entries;
  const folder = pluginsFolder(env);
  const receipt = await installPlugin({ uri, folder, cwd: process.cwd(), env, replace, builtIn, onFound: announce });
  const { jobTypes, infrastructureTargets: targets } = receipt;
  say(`the plugin ${receipt.name} ${receipt.version} is installed`);
  if (jobTypes.length > 0) say(`  job types: ${jobTypes.map(fullName).join(', ')}`);
  if (targets.length > 0) say(`  infrastructure targets: ${targets.join(', ')}`);
}

/** Before anything of the plugin runs, people can see what it is. */
function announce({ name, version, origin, sha256 }: Found): void {
  say(`plugin  ${name} ${version}\norigin  ${origin}\nsha256  ${sha256}`);
  say('It runs with the rights of Racetrack: install only what you trust.');
}

export async function list({ jobTypes, json }: ListOptions): Promise<void> {
  const receipts = await readReceipts(pluginsFolder(env));
  if (jobTypes) {
    const rows = listJobTypes(receipts);
    say(json ? JSON.stringify(rows, null, 2) : table(rows.map((row) => [fullName(row), row.from, row.description])));
  } else if (json) say(JSON.stringify(receipts, null, 2));
  else if (receipts.length === 0) say('no plugins are installed');
  else say(table(receipts.map(({ name, version, category, origin }) => [name, version, category, origin])));
}

interface JobTypeRow extends Versioned {
  readonly description: string;
  readonly from: string;
}

function listJobTypes(receipts: readonly Receipt[]): readonly JobTypeRow[] {
  const own = builtInJobTypes.entries.map((type) => ({ ...type, from: 'built in' }));
  const others = receipts.flatMap((receipt) =>
    receipt.jobTypes.map((type) => ({ ...type, from: `plugin ${receipt.name} ${receipt.version}` })),
  );
  const rows = [...own, ...others].map(({ name, version, description, from }) => ({
    name,
    version,
    description,
    from,
  }));
  return createRegistry<JobTypeRow>(rows, ({ from }) => from).entries;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export async function uninstall(name: string, version: string | undefined): Promise<void> {
  const receipt = await uninstallPlugin(pluginsFolder(env), name, version);
  say(`the plugin ${receipt.name} ${receipt.version} is no longer installed; its configuration is kept`);
}

export async function download(name: string, version: string | undefined, { out }: DownloadOptions): Promise<void> {
  const folder = pluginsFolder(env);
  const receipt = await findReceipt(folder, name, version);
  const path = join(await existingFolder(out), `${receipt.name}-${receipt.version}.zip`);
  await copyFile(layout(folder).zip(receipt.sha256), path);
  say(`the plugin ${receipt.name} ${receipt.version} has been written to ${path}`);
}

export async function config(name: string, version: string | undefined, { set }: ConfigOptions): Promise<void> {
  const folder = pluginsFolder(env);
  const receipt = await findReceipt(folder, name, version);
  if (set === undefined) stdout.write(await readPluginConfig(folder, receipt));
  else
    say(
      `the configuration of ${receipt.name} ${receipt.version} is kept at ${await writePluginConfig(folder, receipt, set)}`,
    );
}
