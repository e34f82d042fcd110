/** Owns the user's Go: whether it is recent enough, and how its commands are run. */
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { UserError } from '../../wrapper/core/errors.ts';
import type { Environment } from '../../wrapper/core/executable.ts';
import { findGo } from './go-program.ts';

/** The first version with slog, `min` and `max`, which the shim uses. */
const MINIMUM = [1, 21] as const;
const INSTALL = 'install Go 1.21 or newer (https://go.dev/dl), or put its bin folder on PATH';

/** What `go env` says. */
export interface Toolchain {
  /** Absolute path of the program `go`. */
  readonly go: string;
  /** Such as `go1.26.8`. */
  readonly version: string;
  /** The user's settings of `go env -w`. */
  readonly settingsFile: string;
  /** Downloaded modules: what lies there never changes. */
  readonly moduleCache: string;
  /** The go.work in use; empty when there is none. */
  readonly workspace: string;
}

/** How `go` runs for a job; `GOCACHE` where a machine without a home has no place for it. */
export function goOptions(folder: string, { env, cache }: { env: Environment; cache: string }) {
  const hasPlace = env.GOCACHE || env.XDG_CACHE_HOME || env.HOME;
  return {
    cwd: folder,
    env: { ...env, ...(hasPlace ? {} : { GOCACHE: join(cache, 'go-build') }) },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  } as const satisfies Options;
}

/** Asks the user's Go about itself as seen from the job's folder; a UserError when it is missing or too old. */
export async function openToolchain(options: ReturnType<typeof goOptions>): Promise<Toolchain> {
  const go = findGo(options.env);
  if (go === undefined) {
    throw new UserError('Go was not found: there is no program go on PATH, nor in the usual places', { hint: INSTALL });
  }
  const names = ['GOVERSION', 'GOENV', 'GOMODCACHE', 'GOWORK'];
  const result = await execa(go, ['env', '-json', ...names], options);
  if (result.failed) {
    throw new UserError(`${go} does not work: ${String(result.stderr || result.shortMessage).trim()}`, {
      hint: INSTALL,
    });
  }
  const said = JSON.parse(String(result.stdout)) as Record<string, string | undefined>;
  const version = said.GOVERSION || 'an unknown version';
  if (!isRecent(version)) throw new UserError(`${go} is ${version}: too old for Racetrack`, { hint: INSTALL });
  return {
    go,
    version,
    settingsFile: said.GOENV ?? '',
    moduleCache: said.GOMODCACHE ?? '',
    workspace: said.GOWORK === 'off' ? '' : (said.GOWORK ?? ''),
  };
}

/** A version without a number is one that somebody has built: it is taken for recent. */
function isRecent(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return version.startsWith('devel');
  return Number(major) > MINIMUM[0] || (Number(major) === MINIMUM[0] && Number(minor) >= MINIMUM[1]);
}
