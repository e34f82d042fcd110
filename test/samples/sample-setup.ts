/** Owns the preparation of a sample: an interpreter with the sample's requirements, and the commands of `setup` run with it. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const ENVIRONMENTS = join(import.meta.dirname, '../../node_modules/.cache/samples');

/** Runs the commands in the sample's folder, one after the other. */
export async function runSetup(
  commands: readonly (readonly string[])[],
  folder: string,
  python = 'python3',
): Promise<void> {
  const interpreter = await prepareInterpreter(folder, python);
  for (const command of commands) {
    const [file = '', ...args] = command.map((word) => word.replace('{python}', interpreter));
    await execa(file, args, { cwd: folder });
  }
}

/** The interpreter of a virtual environment with the sample's requirements, made once per content of requirements.txt. */
async function prepareInterpreter(folder: string, python: string): Promise<string> {
  const requirements = join(folder, 'requirements.txt');
  const { stdout: version } = await execa(python, ['--version']);
  const key = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const interpreter = join(ENVIRONMENTS, key, 'bin/python');
  if (existsSync(join(ENVIRONMENTS, key, 'complete'))) return interpreter;
  await execa(python, ['-m', 'venv', '--clear', join(ENVIRONMENTS, key)]);
  await execa(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await execa('touch', [join(ENVIRONMENTS, key, 'complete')]);
  return interpreter;
}
