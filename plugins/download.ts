/** Owns fetching over HTTP: limits of size and time, and the choice of a release. */

import { compareVersions, isVersion } from '../jobtypes/version.ts';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { megabytes, type PluginLimits } from './limits.ts';

/** A token is sent as a bearer token; a redirect to another host does not carry it along. */
export async function download(address: string, limits: PluginLimits, token?: string): Promise<Buffer> {
  const signal = AbortSignal.timeout(limits.downloadMs);
  const headers = { accept: 'application/octet-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  try {
    const response = await fetch(address, { signal, headers });
    const pieces: Uint8Array[] = [];
    let size = 0;
    if (!response.ok) {
      await response.body?.cancel();
      throw failed(address, `it answered ${response.status} ${response.statusText}`);
    }
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      // Leaving the loop ends the transfer.
      if (size > limits.zipBytes) throw failed(address, `it is larger than ${megabytes(limits.zipBytes)}`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw failed(address, reasonOf(cause, limits), cause);
  }
}

function reasonOf(cause: unknown, limits: PluginLimits): string {
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return `it took longer than ${limits.downloadMs / 1000} s`;
  const inner = cause instanceof Error ? cause.cause : undefined;
  return inner === undefined ? messageOf(cause) : messageOf(inner);
}

const failed = (address: string, reason: string, cause?: unknown): UserError =>
  new UserError(`cannot download ${address}: ${reason}`, { hint: 'check the address and the network', cause });

export interface ReleaseSearch {
  readonly owner: string;
  readonly repository: string;
  /** The highest one without a label when left out. */
  readonly version?: string | undefined;
  readonly env: Environment;
  readonly limits: PluginLimits;
}

interface Release {
  readonly tag_name: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly assets: readonly { readonly name: string; readonly url: string }[];
}

/** The address of the first ZIP of a release. `GITHUB_API_URL` and `GITHUB_TOKEN` are those that GitHub's own tools know. */
export async function findRelease(search: ReleaseSearch): Promise<{ address: string; token?: string }> {
  const { owner, repository, version, env, limits } = search;
  const api = env.GITHUB_API_URL || 'https://api.github.com';
  const token = env.GITHUB_TOKEN || undefined;
  const address = `${api}/repos/${owner}/${repository}/releases?per_page=100`;
  const releases = parseReleases(await download(address, limits, token), address);
  const found =
    version === undefined ? newest(releases) : releases.find(({ tag_name }) => plain(tag_name) === plain(version));
  const asset = found?.assets.find(({ name }) => name.endsWith('.zip'));
  const isOurs = asset && URL.canParse(asset.url) && new URL(asset.url).origin === new URL(api).origin;
  if (asset) return { address: asset.url, ...(token && isOurs ? { token } : {}) };
  const where = `github.com/${owner}/${repository}`;
  const wanted = version === undefined ? 'stable release' : `release ${version}`;
  throw new UserError(found ? `the release ${found.tag_name} of ${where} has no ZIP` : `${where} has no ${wanted}`, {
    hint: `its releases are: ${releases.map(({ tag_name }) => tag_name).join(', ') || 'none'}`,
  });
}

function parseReleases(body: Buffer, address: string): Release[] {
  try {
    const releases = JSON.parse(body.toString()) as Release[];
    return releases.filter(
      ({ draft, tag_name, assets }) => !draft && typeof tag_name === 'string' && Array.isArray(assets),
    );
  } catch (cause) {
    throw failed(address, 'its answer is no list of releases', cause);
  }
}

function newest(releases: readonly Release[]): Release | undefined {
  const stable = releases.filter(({ tag_name, prerelease }) => !prerelease && /^v?\d+\.\d+\.\d+$/.test(tag_name));
  const versions = stable.filter(({ tag_name }) => isVersion(plain(tag_name)));
  return versions.sort((one, other) => compareVersions(plain(one.tag_name), plain(other.tag_name))).at(-1);
}

/** `v1.2.3` is 1.2.3. */
const plain = (tag: string): string => tag.replace(/^v(?=\d)/, '');
