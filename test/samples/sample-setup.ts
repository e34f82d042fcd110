/** Owns the preparation of a sample: the commands of `setup`, run with the environment that `--install` gives the job. */
import { join } from 'node:path';
import { execa } from 'execa';
import { installRequirements } from '../../jobtypes/python3/environment.ts';
import { findInterpreter } from '../../jobtypes/python3/interpreter.ts';

/** Runs the commands in the sample's folder, one after the other. */
export async function runSetup(
  commands: readonly (readonly string[])[],
  folder: string,
  python: string | undefined,
): Promise<void> {
  const env = process.env;
  const output: string[] = [];
  const interpreter = await installRequirements({
    interpreter: await findInterpreter({ python, env, folder }),
    requirements: join(folder, 'requirements.txt'),
    env,
    onLine: (line) => output.push(line),
  });
  for (const command of commands) {
    const [file = '', ...args] = command.map((word) => word.replace('{python}', interpreter.path));
    await execa(file, args, { cwd: folder });
  }
}
