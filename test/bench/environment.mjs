/** Owns the Python that all servers of a run share: a virtual environment with the peers, made once below .cache/bench. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/** Resolves to `{ python, version }`; installs what is missing when Python or the requirements changed. */
export function prepareEnvironment(cache) {
  const base = realInterpreter();
  const folder = join(cache, 'python');
  const stamp = join(folder, 'made-from.txt');
  const content = `${base.path} ${base.version}\n${readFileSync(REQUIREMENTS, 'utf8')}`;
  const python = join(folder, 'bin', 'python');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== content) {
    console.log(`installing FastAPI and uvicorn for Python ${base.version} into ${folder} (once) …`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    runStep(base.path, ['-m', 'venv', folder]);
    runStep(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
    writeFileSync(stamp, content);
  }
  return { python, version: base.version };
}

// A version manager's shim in front of python3 would add its own start to every figure.
function realInterpreter() {
  const code = 'import os, sys, platform; print(os.path.realpath(sys.executable)); print(platform.python_version())';
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8' });
  if (status !== 0) throw new BenchError('python3 was not found: install Python 3.10 or newer, FastAPI needs it.');
  const [path, version] = stdout.trim().split('\n');
  return { path, version };
}

function runStep(command, args) {
  const { status, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new BenchError(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
}
