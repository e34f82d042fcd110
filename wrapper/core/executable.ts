/** Owns the search for programs, by looking at files only: nothing is started. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every file of this name that PATH offers, in its order. */
export function* executablesOnPath(name: string, env: Environment): Generator<string> {
  for (const folder of searchPath(env)) {
    const path = join(folder, name);
    if (isExecutable(path)) yield path;
  }
}

/** The folders of PATH, without those that depend on the working folder. */
export const searchPath = (env: Environment): string[] => (env.PATH ?? '').split(delimiter).filter(isAbsolute);

export function isExecutable(path: string): boolean {
  if (fileStatus(path)?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined when there is nothing, or nothing that may be seen. */
export function fileStatus(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
