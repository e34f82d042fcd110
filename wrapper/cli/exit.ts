/** Owns how a command ends when it cannot do what was asked. */
import { UserError } from '../core/errors.ts';
import { colorsFor } from './colors.ts';

/** Shows an error as a person needs it, and ends with its exit code. */
export function exitWith(error: unknown, command = 'racetrack-wrapper'): never {
  const pc = colorsFor(process.stderr);
  if (error instanceof UserError) {
    process.stderr.write(`${pc.red('error:')} ${error.message}\n`);
    if (error.hint) process.stderr.write(`${pc.dim('hint:')}  ${error.hint}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `${pc.red('error:')} this is a fault of ${command} itself, please report it\n${error instanceof Error ? error.stack : error}\n`,
  );
  process.exit(1);
}
