/** Owns the answer to which interpreter a pyenv script stands for: asked once, then remembered. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../wrapper/core/cache-folder.ts';
import { type Environment, fileStatus, isExecutable } from '../../wrapper/core/executable.ts';

export interface ShimSurroundings {
  readonly env: Environment;
  /** Where the script would be started. */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

const ASKING_LIMIT_MS = 30_000;
const REMEMBERED_LIMIT = 50;

/** The interpreter, or the script's own words why there is none. */
export async function resolveShim(
  shim: string,
  { env, cwd = process.cwd(), signal }: ShimSurroundings,
): Promise<{ path: string } | { refusal: string }> {
  const file = join(cacheFolder(env), 'interpreters.json');
  const key = describeSurroundings(shim, env, cwd);
  const answers = readAnswers(file);
  const known = answers.get(key);
  if (known !== undefined && isExecutable(known)) return { path: known };
  const answer = await ask(shim, { env, cwd, ...(signal === undefined ? {} : { signal }) });
  if ('path' in answer) {
    answers.delete(key);
    answers.set(key, answer.path);
    writeAnswers(file, answers);
  }
  return answer;
}

/** Everything that pyenv looks at to choose a version: when any of it changes, it is asked again. */
function describeSurroundings(shim: string, env: Environment, cwd: string): string {
  const root = env.PYENV_ROOT || join(env.HOME || homedir(), '.pyenv');
  const local = [env.PYENV_DIR, cwd].filter((folder) => folder !== undefined).flatMap(versionFiles);
  const files = [shim, ...local, join(root, 'version'), join(root, 'versions')];
  return JSON.stringify([env.PYENV_VERSION ?? '', env.PATH ?? '', ...files.map(stamp)]);
}

/** `.python-version` in this folder and all around it, where there is one. */
function versionFiles(folder: string): string[] {
  const parent = dirname(folder);
  const file = join(folder, '.python-version');
  const own = fileStatus(file) === undefined ? [] : [file];
  return parent === folder ? own : [...own, ...versionFiles(parent)];
}

function stamp(path: string): string {
  const status = fileStatus(path);
  return `${path} ${status === undefined ? 'none' : `${status.mtimeMs} ${status.size}`}`;
}

function readAnswers(file: string): Map<string, string> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}

/** Never a reason to fail: the next start asks again. */
function writeAnswers(file: string, answers: Map<string, string>): void {
  const temporary = `${file}.${randomUUID()}`;
  const newest = [...answers].filter(([, path]) => isExecutable(path)).slice(-REMEMBERED_LIMIT);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, JSON.stringify(Object.fromEntries(newest)));
    renameSync(temporary, file);
  } catch {
    return;
  }
}

function ask(
  shim: string,
  { env, cwd, signal }: ShimSurroundings & { cwd: string },
): Promise<{ path: string } | { refusal: string }> {
  const options = { env, cwd, timeout: ASKING_LIMIT_MS, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve) => {
    const question = execFile(shim, ['-c', 'import sys; print(sys.executable)'], options, (error, stdout, stderr) => {
      const path = stdout.trim();
      if (error === null && isExecutable(path)) resolve({ path });
      else resolve({ refusal: stderr.trim().split('\n')[0] || (error?.message ?? 'it named no interpreter') });
    });
    question.stdin?.end();
  });
}
