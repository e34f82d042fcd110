/** Owns the choice of the Python interpreter. In the common case it only looks at files, as every start waits for it. */
import { readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../../wrapper/core/errors.ts';
import {
  type Environment,
  executablesOnPath,
  fileStatus,
  isExecutable,
  searchPath,
} from '../../wrapper/core/executable.ts';

export interface Interpreter {
  /** Absolute path of the program to start. */
  readonly path: string;
  /** Who chose it. */
  readonly origin: 'option' | 'job' | 'VIRTUAL_ENV' | 'PATH' | 'requirements';
  /** Something on the way that the user should know. */
  readonly warning?: string;
}

export interface InterpreterSearch {
  /** What `--python` names: a path, or a name to look for on PATH. */
  readonly python?: string | undefined;
  readonly env: Environment;
  /** The job's folder, whose `.venv` or `venv` is taken. */
  readonly folder: string;
  /** The folder to start in, where version managers look for their settings. */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Programs are larger than the scripts of version managers. */
const SCRIPT_LIMIT = 64 * 1024;

export async function findInterpreter(search: InterpreterSearch): Promise<Interpreter> {
  const { python, env, folder } = search;
  if (python !== undefined) return namedInterpreter(python, search);
  const own = ['.venv', 'venv'].map((name) => join(folder, name));
  const found = firstPython(own);
  if (found !== undefined) return { path: found, origin: 'job' };
  const broken = own.find((environment) => isFile(join(environment, 'pyvenv.cfg')));
  const active = env.VIRTUAL_ENV ? firstPython([env.VIRTUAL_ENV]) : undefined;
  const chosen: Interpreter =
    active === undefined
      ? { path: await onPath(['python3', 'python'], search), origin: 'PATH' }
      : { path: active, origin: 'VIRTUAL_ENV' };
  if (broken === undefined) return chosen;
  return { ...chosen, warning: `the virtual environment ${broken} has no working Python: ${chosen.path} is used` };
}

async function namedInterpreter(python: string, search: InterpreterSearch): Promise<Interpreter> {
  if (!python.includes('/')) return { path: await onPath([python], search), origin: 'option' };
  const path = resolve(search.cwd ?? '.', python);
  if (isExecutable(path)) return { path, origin: 'option' };
  const status = fileStatus(path);
  const inside = firstPython([path]);
  if (status === undefined) {
    throw new UserError(`no Python interpreter at ${path}: there is no such file`, {
      hint: 'check the path after --python',
    });
  }
  throw new UserError(`no Python interpreter at ${path}: it is ${status.isFile() ? 'not executable' : 'not a file'}`, {
    hint: inside === undefined ? 'name the program itself after --python' : `use --python ${inside}`,
  });
}

const firstPython = (environments: readonly string[]): string | undefined =>
  environments.flatMap((folder) => [join(folder, 'bin', 'python3'), join(folder, 'bin', 'python')]).find(isExecutable);

const isFile = (path: string): boolean => fileStatus(path)?.isFile() ?? false;

/** The first of these on PATH that works; a version manager's stand-in may turn out to stand for nothing. */
async function onPath(names: readonly string[], search: InterpreterSearch): Promise<string> {
  let refusal: string | undefined;
  for (const name of names) {
    for (const path of executablesOnPath(name, search.env)) {
      if (!isVersionManagerScript(path)) return path;
      const { resolveShim } = await import('./shim-target.ts');
      const target = await resolveShim(path, search);
      if ('path' in target) return target.path;
      refusal ??= `${path}: ${target.refusal}`;
    }
  }
  const folders = searchPath(search.env).join(delimiter) || 'PATH is empty';
  const reason = refusal ?? `neither ${names.join(' nor ')} is on PATH (${folders})`;
  throw new UserError(`no Python interpreter found: ${names.length === 1 ? reason.replace('neither', 'no') : reason}`, {
    hint: 'install Python 3.8 or newer, or name an interpreter with --python PATH',
  });
}

/** Starting through such a script costs a tenth of a second each time. Other scripts are started as they are: they may set things up. */
function isVersionManagerScript(path: string): boolean {
  if ((fileStatus(path)?.size ?? 0) > SCRIPT_LIMIT) return false;
  try {
    const text = readFileSync(path, 'latin1');
    return text.startsWith('#!') && text.includes('pyenv');
  } catch {
    return false;
  }
}
