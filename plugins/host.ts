/** Owns calling the hooks of all installed plugins, in their order, each with a time limit. */
import { fullName } from '../jobtypes/job-type.ts';
import type { Versioned } from '../jobtypes/registry.ts';
import { UserError } from '../wrapper/core/errors.ts';
import type { Manifest } from '../wrapper/core/manifest.ts';
import type { InstalledPlugin } from './installed.ts';
import type { HookName, JobReference } from './plugin.ts';
import { planPythonJob } from './python-images.ts';
import { PluginThread } from './thread.ts';
import type { Ask, PlannedJob, SubmittedJob } from './thread-messages.ts';

export interface HostSettings {
  /** For each call of a hook. */
  readonly timeoutMs?: number;
  /** What has failed without failing anything else. */
  readonly onProblem: (error: UserError) => void;
  readonly onOutput: (plugin: JobReference, text: string) => void;
}

interface Hosted extends InstalledPlugin {
  readonly thread: PluginThread;
}

const HOOK_MS = 30_000;

/** All functions reject with UserErrors that name the plugin. No plugin can end or hold up the process that it is called from. */
export class PluginHost {
  readonly #plugins: readonly Hosted[];
  readonly #settings: HostSettings;

  constructor(plugins: readonly InstalledPlugin[], settings: HostSettings) {
    this.#settings = settings;
    this.#plugins = plugins.map((plugin) => {
      const { context, receipt } = plugin;
      const onOutput = (text: string) => settings.onOutput(context, text);
      const thread = new PluginThread({ context, file: receipt.file }, { onOutput, onProblem: settings.onProblem });
      return { ...plugin, thread };
    });
  }

  get jobTypes(): readonly Versioned[] {
    return this.#plugins.flatMap(({ receipt }) => receipt.jobTypes);
  }

  /** Checks a job with its job type and plans its images. */
  async planJob(job: SubmittedJob): Promise<PlannedJob> {
    const owner = this.#ownerOf(job.jobType);
    const { images } = owner.receipt.jobTypes.find((type) => fullName(type) === job.jobType) ?? {};
    if (images) return planPythonJob(job, { folder: owner.context.folder, images });
    return (await this.#ask(owner, { hook: 'images', args: [job] })) as PlannedJob;
  }

  /** Asks only the plugin that brings the job type. */
  async validateJobManifest(jobType: string, manifest: Manifest): Promise<void> {
    const owner = this.#ownerOf(jobType);
    if (!has(owner, 'validateJobManifest')) return;
    await this.#ask(owner, { hook: 'validateJobManifest', args: [{ manifest, jobType }] }).catch((cause: UserError) => {
      throw new UserError(`invalid manifest according to job type rules: ${cause.message}`, { cause });
    });
  }

  /** A later plugin's variable wins. */
  async jobRuntimeEnvVars(): Promise<Readonly<Record<string, string>>> {
    const all: Record<string, string> = {};
    for (const plugin of this.#with('jobRuntimeEnvVars')) {
      const given = (await this.#ask(plugin, { hook: 'jobRuntimeEnvVars', args: [] })) ?? {};
      if (!isTexts(given)) throw wrongAnswer(plugin, 'jobRuntimeEnvVars', 'no texts by name');
      Object.assign(all, given);
    }
    return all;
  }

  /** The first plugin that refuses fails the deployment. */
  async postJobDeploy(event: {
    manifest: Manifest;
    job: JobReference;
    image: string;
    deployer: string;
  }): Promise<void> {
    for (const plugin of this.#with('postJobDeploy')) await this.#ask(plugin, { hook: 'postJobDeploy', args: [event] });
  }

  /** The job is gone whatever a plugin says: what fails is told. */
  async postJobDelete(event: { job: JobReference; deletedBy: string }): Promise<void> {
    await this.#collect({ hook: 'postJobDelete', args: [event] });
  }

  /** Of every plugin that has some; what fails is told and left out. */
  async markdownDocs(): Promise<readonly { plugin: JobReference; markdown: string }[]> {
    const pages = await this.#collect({ hook: 'markdownDocs', args: [] });
    const read = this.#plugins.flatMap((plugin) =>
      plugin.receipt.docs ? [{ plugin, result: plugin.receipt.docs }] : [],
    );
    return [...pages, ...read].flatMap(({ plugin, result }) => {
      if (typeof result === 'string') return [{ plugin: reference(plugin), markdown: result }];
      this.#settings.onProblem(wrongAnswer(plugin, 'markdownDocs', 'no text'));
      return [];
    });
  }

  /** The highest version of the plugin that has actions. */
  async runAction(name: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const plugin = this.#with('runAction').findLast(({ receipt }) => receipt.name === name);
    if (plugin) return this.#ask(plugin, { hook: 'runAction', args: [args] });
    const names = new Set(this.#with('runAction').map(({ receipt }) => receipt.name));
    throw new UserError(`there is no plugin ${name} with actions`, {
      hint: `plugins with actions: ${[...names].join(', ') || 'none'}`,
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#plugins.map(({ thread }) => thread.stop()));
  }

  #with(hook: HookName): Hosted[] {
    return this.#plugins.filter((plugin) => has(plugin, hook));
  }

  #ask({ thread }: Hosted, ask: Ask): Promise<unknown> {
    return thread.ask(ask, this.#settings.timeoutMs ?? HOOK_MS);
  }

  async #collect(ask: Ask & { hook: HookName }): Promise<{ plugin: Hosted; result: unknown }[]> {
    const results: { plugin: Hosted; result: unknown }[] = [];
    for (const plugin of this.#with(ask.hook)) {
      try {
        results.push({ plugin, result: await this.#ask(plugin, ask) });
      } catch (error) {
        this.#settings.onProblem(error as UserError);
      }
    }
    return results;
  }

  #ownerOf(jobType: string): Hosted {
    const owner = this.#plugins.find(({ receipt }) => receipt.jobTypes.some((type) => fullName(type) === jobType));
    if (owner) return owner;
    throw new UserError(`no plugin brings the job type ${jobType}`, { hint: 'racetrack plugin list --job-types' });
  }
}

const has = ({ receipt }: Hosted, hook: HookName): boolean => receipt.hooks.includes(hook);

const reference = ({ receipt: { name, version } }: Hosted): JobReference => ({ name, version });

const isTexts = (given: unknown): given is Record<string, string> =>
  typeof given === 'object' && given !== null && Object.values(given).every((value) => typeof value === 'string');

const wrongAnswer = ({ receipt: { name, version } }: Hosted, hook: HookName, what: string): UserError =>
  new UserError(`the plugin ${name} ${version} failed in ${hook}: it answered ${what}`, { hint: 'tell its authors' });
