/** Owns how the Python shim is started. */
import { join } from 'node:path';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import type { WorkerCommand } from '../../wrapper/worker/process.ts';

export interface PythonJob {
  /** Absolute path of the interpreter. */
  readonly interpreter: string;
  /** Absolute path of the job's file. */
  readonly entrypoint: string;
  /** The job's folder: where relative paths of its code lead. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The command that imports the job and serves it over the worker protocol. */
export function pythonCommand(job: PythonJob): WorkerCommand {
  return {
    command: job.interpreter,
    args: [join(packageRoot(), 'jobtypes/python3/shim/start.py'), job.entrypoint],
    cwd: job.folder,
    env: { PYTHONUNBUFFERED: '1', ...definedOnly(job.env) },
  };
}

function definedOnly(env: PythonJob['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
