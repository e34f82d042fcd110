/** Owns what a plugin may do: its hooks, when they are called, with what, and what they answer. */
import type { JobType } from '../jobtypes/job-type.ts';
import type { Manifest } from '../wrapper/core/manifest.ts';
import { nearest } from '../wrapper/core/suggestion.ts';

/** What every hook is told about its own plugin. */
export interface PluginContext {
  readonly name: string;
  readonly version: string;
  /** The plugin's folder. Nothing may be written there. */
  readonly folder: string;
  /** The file that `racetrack plugin config` writes; it may be missing. */
  readonly configPath: string;
}

export interface JobReference {
  readonly name: string;
  readonly version: string;
}

/** Where jobs run. What it can do is up to those who ask for it. */
export type InfrastructureTarget = object;

type Awaitable<T> = T | Promise<T>;

/** All hooks are optional. One that throws is reported with the plugin's name, and ends nothing else. */
export interface Plugin {
  /** The job types that it brings. Called once, when the plugin is loaded. */
  jobTypes?(context: PluginContext): Awaitable<readonly JobType[]>;
  /** The places where jobs can run, by name. Called once, when the plugin is loaded. */
  infrastructureTargets?(context: PluginContext): Awaitable<Readonly<Record<string, InfrastructureTarget>>>;
  /** Refuses a job of one of its own job types by throwing, before anything is built. */
  validateJobManifest?(job: { manifest: Manifest; jobType: string }, context: PluginContext): Awaitable<void>;
  /** Environment variables for every job that is deployed. */
  jobRuntimeEnvVars?(context: PluginContext): Awaitable<Readonly<Record<string, string>> | undefined>;
  /** After a deployed job has proved to be alive; throwing fails the deployment. */
  postJobDeploy?(
    event: { manifest: Manifest; job: JobReference; image: string; deployer: string },
    context: PluginContext,
  ): Awaitable<void>;
  /** After a job has been deleted. */
  postJobDelete?(event: { job: JobReference; deletedBy: string }, context: PluginContext): Awaitable<void>;
  /** A page for the users of the plugin, in Markdown. */
  markdownDocs?(context: PluginContext): Awaitable<string>;
  /** Whatever the plugin wants to be asked for; arguments and answer are JSON. */
  runAction?(args: Readonly<Record<string, unknown>>, context: PluginContext): unknown;
}

export type HookName = keyof Plugin;

const HOOKS: Readonly<Record<HookName, true>> = {
  jobTypes: true,
  infrastructureTargets: true,
  validateJobManifest: true,
  jobRuntimeEnvVars: true,
  postJobDeploy: true,
  postJobDelete: true,
  markdownDocs: true,
  runAction: true,
};

export const HOOK_NAMES = Object.keys(HOOKS) as HookName[];

/**
 * What the entry of a plugin exports.
 * @example
 * export default definePlugin({ jobTypes: () => [rust] });
 * @throws TypeError for hooks that do not exist, and for those that are no functions
 */
export function definePlugin(plugin: Plugin): Plugin {
  if (typeof plugin !== 'object' || plugin === null) throw new TypeError('a plugin is an object with hooks');
  for (const [name, hook] of Object.entries(plugin)) {
    if (!Object.hasOwn(HOOKS, name)) {
      const guess = nearest(name, HOOK_NAMES);
      throw new TypeError(
        `there is no hook ${name}${guess ? `: did you mean ${guess}?` : `, only ${HOOK_NAMES.join(', ')}`}`,
      );
    }
    if (typeof hook !== 'function') throw new TypeError(`the hook ${name} is no function`);
  }
  return Object.freeze({ ...plugin });
}
