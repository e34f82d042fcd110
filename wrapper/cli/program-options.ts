/** Owns which options of `run` and `schema` exclude each other where programs of their own are concerned. */
import type { ProgramOptions } from '../../jobtypes/launcher.ts';
import { UserError } from '../core/errors.ts';
import type { RunOptions } from './options.ts';

/** Name a program, each instead of a path. */
const NAMING = { image: '--image', command: '--command', url: '--url' } as const satisfies Flags;
/** Say how it is served. */
const SERVING = {
  programPort: '--program-port',
  probe: '--probe',
  apiBase: '--api-base',
  performPath: '--perform-path',
  rewrite: '--rewrite',
  startTimeout: '--start-timeout',
} as const satisfies Flags;
/** Are about code that is loaded by workers of ours. */
const WORKERS = { python: '--python', install: '--install' } as const satisfies Partial<
  Record<keyof RunOptions, string>
>;

type Flags = Partial<Record<keyof ProgramOptions, string>>;

/** Throws a UserError unless exactly one thing is to be run. */
export function checkNamedOnce(options: ProgramOptions, path: string | undefined): void {
  const named = [...(path === undefined ? [] : [path]), ...given(NAMING, options)];
  if (named.length > 1) refuse(`${named.join(' and ')} exclude each other`, 'say once what is to be run');
  if (named.length === 0) {
    refuse("missing required argument 'path'", 'or name a program: --command "node server.js"');
  }
}

/** Throws a UserError for an option that only programs of their own have. */
export function refuseProgramOptions(options: ProgramOptions): void {
  const [flag] = given(SERVING, options);
  if (flag)
    refuse(
      `${flag} is for programs that speak HTTP`,
      'leave it out, or name a program: --image, --command, --url or a Dockerfile',
    );
}

/** Throws a UserError for an option that means nothing to a program of its own. */
export function refuseWorkerOptions(options: RunOptions): void {
  const [flag] = [
    ...given(WORKERS, options),
    ...(options.workers > 1 ? ['--workers'] : []),
    ...(options.maxRequests > 0 ? ['--max-requests'] : []),
    ...(options.maxMemory > 0 ? ['--max-memory'] : []),
  ];
  if (flag) refuse(`${flag} means nothing to a program of its own`, 'leave it out, or say it in the command');
  if (options.url === undefined) return;
  if (options.reload) refuse('--reload and --url exclude each other', 'who has started the program can start it anew');
  if (options.programPort !== undefined)
    refuse('--program-port and --url exclude each other', 'the address has a port');
}

function given<T extends object>(flags: { readonly [K in keyof T]?: string }, options: T): string[] {
  return Object.entries(flags).flatMap(([key, flag]) =>
    options[key as keyof T] === undefined ? [] : [flag as string],
  );
}

function refuse(message: string, hint: string): never {
  throw new UserError(message, { hint, exitCode: 2 });
}
