/** Owns the list of languages whose entrypoints can be run. */
import { programLauncher } from './docker/launcher.ts';
import { goLauncher } from './golang/launcher.ts';
import type { Launcher } from './launcher.ts';
import { nodejsLauncher } from './nodejs/launcher.ts';
import { pythonLauncher } from './python3/launcher.ts';

export const LAUNCHERS: readonly Launcher[] = [pythonLauncher, nodejsLauncher, goLauncher, programLauncher];

/** The job type that runs this file or folder, undefined when none does. */
export function findLauncher(path: string, kind: 'file' | 'folder'): Launcher | undefined {
  return LAUNCHERS.find((launcher) => launcher.takes(path, kind));
}
