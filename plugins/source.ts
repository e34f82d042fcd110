/** Owns where plugins come from: what a person names → the bytes of a ZIP. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { bundlePlugin } from './bundle.ts';
import { download, findRelease } from './download.ts';
import { megabytes, PLUGIN_LIMITS, type PluginLimits } from './limits.ts';

export interface FetchedPlugin {
  readonly zip: Buffer;
  /** As it is kept in the receipt. */
  readonly origin: string;
}

export interface FetchSettings {
  /** Where relative paths start. */
  readonly cwd: string;
  readonly env: Environment;
  readonly limits?: PluginLimits;
}

const GITHUB = /^(?:https:\/\/)?github\.com\/([\w.-]+)\/([\w.-]+?)(?:==([\w.+-]+))?$/;

/** Takes a ZIP file, a folder, the address of a ZIP, `npm:NAME[@VERSION]` or `github.com/OWNER/REPO[==VERSION]`. */
export async function fetchPlugin(uri: string, settings: FetchSettings): Promise<FetchedPlugin> {
  const { env, limits = PLUGIN_LIMITS } = settings;
  if (uri.startsWith('npm:')) return fromNpm(uri, settings);
  const github = GITHUB.exec(uri);
  if (github) {
    const [, owner = '', repository = '', version] = github;
    const { address, token } = await findRelease({ owner, repository, version, env, limits });
    return { zip: await download(address, limits, token), origin: address };
  }
  if (/^https?:\/\//.test(uri)) return { zip: await download(uri, limits), origin: uri };
  return fromPath(resolve(settings.cwd, uri), limits);
}

async function fromPath(path: string, limits: PluginLimits): Promise<FetchedPlugin> {
  const status = await stat(path).catch((cause) => {
    throw new UserError(`there is no plugin at ${path}`, {
      hint: 'give a ZIP, a folder, an address, npm:NAME or github.com/OWNER/REPO',
      cause,
    });
  });
  if (status.isDirectory()) return { zip: (await bundlePlugin(path)).zip, origin: path };
  if (status.size > limits.zipBytes) {
    throw new UserError(`${path} is larger than ${megabytes(limits.zipBytes)}`, { hint: 'a plugin is a small ZIP' });
  }
  return { zip: await readFile(path), origin: path };
}

/** npm fetches and unpacks; scripts of the package are not run. What it depends on comes along, inside its own folder. */
async function fromNpm(uri: string, { env, limits = PLUGIN_LIMITS }: FetchSettings): Promise<FetchedPlugin> {
  const spec = uri.slice('npm:'.length);
  const [, name] = /^((?:@[\w.-]+\/)?[\w.-]+)(?:@[\w.+^~-]+)?$/.exec(spec) ?? [];
  if (name === undefined) {
    throw new UserError(`${uri} names no npm package`, { hint: 'write npm:NAME or npm:NAME@VERSION', exitCode: 2 });
  }
  const folder = await mkdtemp(join(tmpdir(), 'racetrack-plugin-'));
  try {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--install-strategy=nested'];
    await execa('npm', ['install', '--prefix', folder, ...options, '--', spec], {
      cwd: folder,
      env: { ...env, npm_config_loglevel: 'error' },
      extendEnv: false,
      stdin: 'ignore',
      timeout: limits.downloadMs,
    });
    return { zip: (await bundlePlugin(join(folder, 'node_modules', name))).zip, origin: uri };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { stderr } = cause as { stderr?: string };
    throw new UserError(`npm cannot fetch ${spec}: ${lastLines(stderr || messageOf(cause))}`, {
      hint: 'check the name, and that npm reaches its registry: npm view NAME',
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What npm says about the cause, without where it has written its log. */
const lastLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !/complete log|debug-0\.log/.test(line))
    .slice(0, 4)
    .join('; ');
