/** Owns the start of the command `racetrack-wrapper`. */
import { exitWith } from './exit.ts';
import { createProgram } from './program.ts';

const program = createProgram();
if (process.argv.length <= 2) {
  program.outputHelp();
} else {
  program.parseAsync().catch(exitWith);
}
