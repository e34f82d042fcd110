/** Owns where things are kept that can be made again. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './executable.ts';

/** `RACETRACK_CACHE`, or `racetrack` in the user's cache folder. */
export function cacheFolder(env: Environment): string {
  if (env.RACETRACK_CACHE !== undefined && isAbsolute(env.RACETRACK_CACHE)) return env.RACETRACK_CACHE;
  const given = env.XDG_CACHE_HOME;
  const top = given !== undefined && isAbsolute(given) ? given : join(env.HOME || homedir(), '.cache');
  return join(top, 'racetrack');
}
