/** Owns the virtual environments made from requirements files: made once for each content, then found again. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder as defaultCacheFolder } from '../../wrapper/core/cache-folder.ts';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';
import { fileStatus } from '../../wrapper/core/executable.ts';
import type { Build } from './environment-build.ts';
import { finishedPython } from './environment-marker.ts';
import type { Interpreter } from './interpreter.ts';
import { hashRequirements } from './requirements.ts';

export interface Installation extends Omit<Build, 'folder'> {
  /** Holds the environments; by default `python` in the project's cache folder. */
  readonly cacheFolder?: string | undefined;
}

/** The interpreter of an environment that holds the requirements. A changed local package needs a changed file to be seen. */
export async function installRequirements(installation: Installation): Promise<Interpreter> {
  const { interpreter, requirements, env, cacheFolder } = installation;
  const file = resolve(requirements);
  const key = hashRequirements(file, [interpreter.path, stamp(interpreter.path)]);
  const folder = join(cacheFolder ?? join(defaultCacheFolder(env), 'python'), key);
  const path = finishedPython(folder) ?? (await install(installation, { file, folder }));
  return { path, origin: 'requirements' };
}

/** An upgrade of the interpreter in place makes its environments stale. */
function stamp(path: string): string {
  const status = fileStatus(path);
  return status === undefined ? '' : `${status.ino} ${status.size} ${status.mtimeMs}`;
}

async function install(
  installation: Installation,
  { file, folder }: { file: string; folder: string },
): Promise<string> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new UserError(`cannot keep an environment in ${folder}: ${messageOf(cause)}`, {
      hint: 'set RACETRACK_CACHE to a folder that can be written to',
      cause,
    });
  }
  const { buildEnvironment } = await import('./environment-build.ts');
  return buildEnvironment({ ...installation, requirements: file, folder });
}
