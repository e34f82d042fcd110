/** Owns running entrypoints of job types that plugins bring: their code runs in this very process. */

import type { Launcher } from '../jobtypes/launcher.ts';
import { compareVersions } from '../jobtypes/version.ts';
import { messageOf } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { pluginsFolder } from './folder.ts';
import { type InstalledPlugin, readInstalled } from './installed.ts';
import { importPlugin, jobTypesOf } from './load.ts';

export interface PluginRunners {
  /** Those of higher versions first. */
  readonly launchers: readonly Launcher[];
  /** Why plugins could not be used. */
  readonly problems: readonly string[];
}

export async function loadPluginRunners(env: Environment): Promise<PluginRunners> {
  const problems: string[] = [];
  const installed = await readInstalled(pluginsFolder(env), {
    env,
    onProblem: ({ message }) => void problems.push(message),
  });
  const found = [];
  for (const plugin of installed) {
    if (plugin.receipt.kind !== 'module' || plugin.receipt.jobTypes.length === 0) continue;
    try {
      found.push(...(await runnersOf(plugin)));
    } catch (error) {
      problems.push(
        `the plugin ${plugin.receipt.name} ${plugin.receipt.version} cannot be loaded: ${messageOf(error)}`,
      );
    }
  }
  found.sort((one, other) => compareVersions(other.version, one.version));
  return { launchers: found.map(({ launcher }) => launcher), problems };
}

async function runnersOf({ receipt, context }: InstalledPlugin): Promise<{ version: string; launcher: Launcher }[]> {
  const types = await jobTypesOf(await importPlugin(context.folder, receipt.file), context);
  return types.flatMap(({ name, version, runner }) => (runner ? [{ version, launcher: { ...runner, name } }] : []));
}
