/** Owns which target `verify` is asked to examine: from what people write to something that can be started. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { splitCommand } from '../core/command-words.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { packageRoot } from '../core/package-root.ts';
import { programTarget } from '../verify/process-target.ts';
import type { KnownLimits, Target } from '../verify/target.ts';
import { urlTarget } from '../verify/url-target.ts';
import { parseRunOptions, type RunOptions } from './options.ts';

export interface TargetRequest {
  /** An entrypoint or a URL. */
  readonly target?: string | undefined;
  /** A program with its arguments. */
  readonly command?: string | undefined;
  /** A Docker image whose program speaks HTTP. */
  readonly image?: string | undefined;
  /** Further options of `run`, for an entrypoint or an image. */
  readonly runArgs: readonly string[];
  /** What is known about a target that is not ours to limit. */
  readonly limits: KnownLimits;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Small enough to be reached with few calls. */
const RUN_LIMITS = ['--max-concurrency', '4', '--max-queue', '4', '--max-body', '1M'];
const HINT = 'give an entrypoint, a URL, --image NAME or --command "program --port {port}"';

/** Rejects with a {@link UserError} for a request that names no target, or more than one. */
export function createTarget(request: TargetRequest): Target {
  const { target, command, image, cwd, env, limits } = request;
  const named = [target, command, image].filter((name) => name !== undefined);
  if (named.length === 0) throw new UserError('there is nothing to verify', { hint: HINT, exitCode: 2 });
  if (named.length > 1)
    throw new UserError(`${named.join(' and ')} are ${named.length} targets`, { hint: HINT, exitCode: 2 });
  if (request.runArgs.length > 0 && (command !== undefined || (target !== undefined && isUrl(target))))
    throw new UserError('options after -- are those of "run": only an entrypoint or an image takes them', {
      exitCode: 2,
    });
  if (command !== undefined)
    return programTarget({ kind: 'command', name: command, command: splitCommand(command), cwd, env, limits });
  if (image !== undefined) return wrappedTarget(request, { kind: 'image', name: image, args: ['--image', image] });
  return isUrl(target as string)
    ? urlTarget(spelled(target as string), limits)
    : entrypointTarget(request, target as string);
}

/** Where a `verify.json` lies that nobody has named. */
export function configBeside({ target, cwd }: { target: string | undefined; cwd: string }): string | undefined {
  const entrypoint = target === undefined || isUrl(target) ? undefined : resolve(cwd, target);
  const isFile = entrypoint !== undefined && statSync(entrypoint, { throwIfNoEntry: false })?.isFile() === true;
  const folder = isFile ? dirname(entrypoint) : (entrypoint ?? cwd);
  const file = join(folder, 'verify.json');
  return existsSync(file) ? file : undefined;
}

function entrypointTarget(request: TargetRequest, entrypoint: string): Target {
  const path = resolve(request.cwd, entrypoint);
  if (!existsSync(path)) throw new UserError(`there is no file ${path}`, { hint: HINT });
  return wrappedTarget(request, { kind: 'entrypoint', name: entrypoint, args: [entrypoint] });
}

interface Wrapped {
  readonly kind: 'entrypoint' | 'image';
  readonly name: string;
  /** What `run` is told to serve. */
  readonly args: readonly string[];
}

/** Our own wrapper serves it, as a process of its own. */
function wrappedTarget({ runArgs, cwd, env }: TargetRequest, { kind, name, args: served }: Wrapped): Target {
  const args = [...RUN_LIMITS, ...runArgs];
  const { maxConcurrency = 0, maxQueue = 0, maxBody } = readRunOptions(args);
  const wrapper = [process.execPath, join(packageRoot(), 'dist/racetrack-wrapper.js')];
  return programTarget({
    kind,
    name,
    command: [...wrapper, 'run', ...served, '--host', '127.0.0.1', '--port', '{port}', ...args],
    cwd,
    env,
    limits: { calls: maxConcurrency + maxQueue, body: maxBody },
  });
}

/** Commander has printed already what is wrong. */
function readRunOptions(args: readonly string[]): RunOptions {
  try {
    return parseRunOptions(args);
  } catch (error) {
    throw new UserError(`the options after -- are not those of "run": ${messageOf(error)}`, { exitCode: 2 });
  }
}

const isUrl = (target: string): boolean =>
  /^https?:\/\//.test(target) || /^(localhost|[\d.]+|\[[\da-f:]+\])?:?\d+$/.test(target);

/** `7000` and `localhost:7000` are addresses, too. */
function spelled(target: string): string {
  if (/^\d+$/.test(target)) return `http://127.0.0.1:${target}`;
  return /^https?:/.test(target) ? target : `http://${target.replace(/^:/, '127.0.0.1:')}`;
}
