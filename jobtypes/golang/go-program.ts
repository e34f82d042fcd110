/** Owns the search for the program `go`. */
import { join } from 'node:path';
import { type Environment, executablesOnPath, isExecutable } from '../../wrapper/core/executable.ts';

/** Where installers put it, often without a word in PATH. */
const USUAL_PLACES = [
  '/usr/local/go/bin/go',
  '/usr/lib/go/bin/go',
  '/opt/homebrew/bin/go',
  '/usr/local/bin/go',
  '/snap/bin/go',
];
/** Undefined when there is none. Looks at files only. */
export function findGo(env: Environment): string | undefined {
  const [onPath] = executablesOnPath('go', env);
  return onPath ?? [...USUAL_PLACES, ...(env.HOME ? [join(env.HOME, 'go/bin/go')] : [])].find(isExecutable);
}
