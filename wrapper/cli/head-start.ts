/** Owns starting the job's process before the rest of the command is even loaded: the two then happen at the same time. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { findLauncher } from '../../jobtypes/launchers.ts';
import { locateManifest } from '../core/manifest-location.ts';
import type { LogRecord } from '../protocol/messages.ts';
import { type HostProcess, startProcess, type WorkerCommand } from '../worker/process.ts';

export interface HeadStart {
  /** The process, if this is the command that was wanted; otherwise it is ended and the caller starts its own. */
  claim(command: WorkerCommand, onOutput: (record: LogRecord) => void): HostProcess | undefined;
  /** Ends a process that nobody claimed. */
  drop(): void;
}

/** Options of `run` that stand alone; every other one is followed by its value. */
const SWITCHES = new Set(['--reload', '--strict', '--no-access-log', '--rewrite']);

/**
 * Looks at the arguments only as far as it needs to. Whatever is unusual about them is left to the real reading of the command
 * line: no head start, and no error from here.
 */
export async function startAhead(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<HeadStart | undefined> {
  const wanted = args[0] === 'run' ? readArguments(args.slice(1)) : undefined;
  if (!wanted) return undefined;
  const entrypoint = resolve(cwd, wanted.path);
  const stats = statSync(entrypoint, { throwIfNoEntry: false });
  const launcher = stats && findLauncher(entrypoint, stats.isDirectory() ? 'folder' : 'file');
  if (!launcher) return undefined;
  const { folder } = locateManifest({ manifestPath: wanted.manifestPath, env, cwd, entrypoint });
  try {
    const { early } = await launcher.open({ entrypoint, folder, env, python: wanted.python });
    return early && begin(early);
  } catch {
    return undefined;
  }
}

function begin(command: WorkerCommand): HeadStart {
  const early: LogRecord[] = [];
  let onOutput = (record: LogRecord): void => void early.push(record);
  let process: HostProcess | undefined = startProcess(command, (record) => onOutput(record));
  return {
    claim(wanted, receiver) {
      const claimed = process;
      if (JSON.stringify(wanted) !== JSON.stringify(command)) return undefined;
      process = undefined;
      onOutput = receiver;
      for (const record of early) receiver(record);
      return claimed;
    },
    drop: () => process?.kill(),
  };
}

function readArguments(args: readonly string[]): { path: string; python?: string; manifestPath?: string } | undefined {
  const values = new Map<string, string>();
  let path: string | undefined;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] as string;
    if (!arg.startsWith('-')) path ??= arg;
    else if (arg.includes('=') || !arg.startsWith('--') || arg === '--help' || arg === '--install') return undefined;
    else if (!SWITCHES.has(arg)) values.set(arg, args[++i] ?? '');
  }
  const [python, manifestPath] = [values.get('--python'), values.get('--manifest-path')];
  if (path === undefined) return undefined;
  return { path, ...(python === undefined ? {} : { python }), ...(manifestPath === undefined ? {} : { manifestPath }) };
}
