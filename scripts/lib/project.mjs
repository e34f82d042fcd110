/** Owns what all scripts share: where the project is, and how a step is run and reported. Node's own modules only. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** An absolute path inside the project. */
export const inProject = (...names) => join(projectRoot, ...names);

/** A failure that is explained already: scripts print its message without a stack and exit with 1. */
export class StepError extends Error {}

/** Runs a command in the project with our terminal as its own; resolves to its exit code. */
export function run(command, args, { env = process.env, cwd = projectRoot } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit', shell: needsShell(command) });
    child.once('error', (cause) => reject(new StepError(`cannot run ${command}: ${cause.message}`)));
    child.once('exit', (code, signal) => resolve(signal === null ? code : 128));
  });
}

/** Runs a command that has to succeed. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new StepError(`${command} ${args.join(' ')} failed with exit code ${code}`);
}

/** Runs a script's main function; explained failures are shown as one line. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof StepError ? `\n  ${error.message}\n` : error);
    process.exitCode = 1;
  }
}

// npm is a .cmd file on Windows, which only a shell can start.
function needsShell(command) {
  return process.platform === 'win32' && command === 'npm';
}
