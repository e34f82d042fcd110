/** Owns the making of one virtual environment: under a lock, in its final place, marked when it is complete. */
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../wrapper/core/errors.ts';
import { type Environment, executablesOnPath } from '../../wrapper/core/executable.ts';
import { acquireLock, isAlive } from '../../wrapper/core/file-lock.ts';
import { finishedPython, markFinished } from './environment-marker.ts';
import type { Interpreter } from './interpreter.ts';

export interface Build {
  readonly interpreter: Interpreter;
  /** The requirements file; what they name by path is meant from its folder. */
  readonly requirements: string;
  readonly env: Environment;
  /** Exists, and belongs to this content of the requirements and this interpreter. */
  readonly folder: string;
  /** Receives what the installer prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LINES_SHOWN = 12;

/** The environment's interpreter. Whoever comes second waits, and takes what the first has made. */
export async function buildEnvironment(build: Build): Promise<string> {
  const { folder, onLine, signal } = build;
  const release = await acquireLock({
    path: join(folder, 'lock'),
    signal,
    onWait: () => onLine?.('waiting for another process that installs the same requirements'),
  });
  try {
    return finishedPython(folder) ?? (await buildAlone(build));
  } finally {
    await release();
  }
}

/** Environments cannot be moved: each is built under a name of its own, and the marker names the one that counts. */
async function buildAlone(build: Build): Promise<string> {
  await removeLeftovers(build.folder);
  const name = `env-${process.pid}-${randomUUID().slice(0, 8)}`;
  const target = join(build.folder, name);
  const python = join(target, 'bin', 'python');
  try {
    for (const step of planSteps(build, target, python)) await run(build, step);
    await markFinished(build.folder, name);
    return python;
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}

/** What killed installations have left; one that still runs keeps its own. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^env-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

interface Step {
  readonly doing: string;
  readonly command: string;
  readonly arguments: readonly string[];
}

/** uv, when present, is many times faster; venv and pip come with Python. */
function planSteps({ interpreter, requirements, env }: Build, target: string, python: string): Step[] {
  const [uv] = executablesOnPath('uv', env);
  const create = `create a virtual environment with ${interpreter.path}`;
  const install = `install the requirements in ${requirements}`;
  if (uv !== undefined) {
    return [
      { doing: create, command: uv, arguments: ['venv', '--python', interpreter.path, target] },
      { doing: install, command: uv, arguments: ['pip', 'install', '--python', python, '-r', requirements] },
    ];
  }
  const pip = ['-I', '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-r', requirements];
  return [
    { doing: create, command: interpreter.path, arguments: ['-I', '-m', 'venv', target] },
    { doing: install, command: python, arguments: pip },
  ];
}

async function run({ requirements, env, onLine, signal }: Build, step: Step): Promise<void> {
  const child = execa(step.command, step.arguments, {
    cwd: dirname(requirements),
    // Both would make Python and uv look for packages elsewhere than in the new environment.
    env: { ...env, PYTHONHOME: undefined, VIRTUAL_ENV: undefined },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const last: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    last.push(line);
    if (last.length > LINES_SHOWN) last.shift();
    onLine?.(line);
  }
  const result = await child;
  signal?.throwIfAborted();
  if (result.failed) throw describeFailure(step, last, result.shortMessage);
}

function describeFailure({ doing }: Step, last: readonly string[], message: string | undefined): UserError {
  const output = last.map((line) => line.trimEnd()).filter((line) => line !== '');
  const shown = (output.length > 0 ? output : [message ?? 'no reason given']).map((line) => `  ${line}`).join('\n');
  return new UserError(`could not ${doing}:\n${shown}`, { hint: hintFor(shown) });
}

function hintFor(output: string): string {
  if (/ensurepip|No module named '?venv/.test(output)) return 'install the package python3-venv, or uv';
  if (/No matching distribution|No solution found/.test(output)) {
    return 'check the names and versions, and whether they exist for this Python version';
  }
  if (/Connection|Temporary failure|Name or service|timed out|dns error/i.test(output)) {
    return 'check the network, or name a package index with PIP_INDEX_URL (uv: UV_DEFAULT_INDEX)';
  }
  return 'mend the requirements file and try again';
}
