/** Owns the subcommands of `racetrack`, and its exit codes. */
import { Command } from 'commander';
import { exitWith } from '../wrapper/cli/exit.ts';
import { packageVersion } from '../wrapper/core/package-root.ts';
import { addPlugin } from './plugin.ts';

const USAGE_EXIT = 2;

/** Runs the command; errors are shown as people need them, and end with their exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const program = createProgram();
  if (args.length === 0) {
    program.outputHelp();
    return;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    exitWith(error, 'racetrack');
  }
}

function createProgram(): Command {
  const program = new Command('racetrack')
    .description('Manages what Racetrack is made of. To run a job, see racetrack-wrapper.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(add --help for the options and examples)')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT))
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack plugin bundle
  $ racetrack plugin install rust-1.0.0.zip
  $ racetrack plugin list

Exit codes: 0 fine, 1 an error that the message explains, 2 wrong usage.`,
    );
  addPlugin(program);
  return program;
}
