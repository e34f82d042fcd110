/** Owns bringing a plugin's module into a process, and the check that it exports a plugin. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineJobType, type JobType } from '../jobtypes/job-type.ts';
import { definePlugin, type Plugin, type PluginContext } from './plugin.ts';

/** Runs the plugin's code with all rights of this process. Rejects with whatever the code throws. */
export async function importPlugin(folder: string, file: string): Promise<Plugin> {
  const module = (await import(pathToFileURL(join(folder, file)).href)) as { default?: unknown };
  if (module.default === undefined)
    throw new TypeError(`${file} has no default export: export default definePlugin({ … })`);
  return definePlugin(module.default as Plugin);
}

/** The job types of a plugin, each checked. */
export async function jobTypesOf(plugin: Plugin, context: PluginContext): Promise<JobType[]> {
  const given: unknown = (await plugin.jobTypes?.(context)) ?? [];
  if (!Array.isArray(given)) throw new TypeError('the hook jobTypes gives no list');
  return given.map((type) => defineJobType(type));
}
