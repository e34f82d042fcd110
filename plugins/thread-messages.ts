/** Owns what a host and the thread of a plugin say to each other. */
import type { ImagePlan } from '../jobtypes/job-type.ts';
import type { Finding } from '../wrapper/core/finding.ts';
import type { HookName, PluginContext } from './plugin.ts';

export interface ThreadData {
  readonly context: PluginContext;
  /** The entry, as seen from the plugin's folder. */
  readonly file: string;
}

/** A job as it was submitted. */
export interface SubmittedJob {
  /** Such as `rust:1.0.0`. */
  readonly jobType: string;
  /** The text of its manifest, with what it extends. */
  readonly manifest: string;
  readonly gitVersion: string;
}

/** What a job type makes of a job: images, unless there are findings. */
export interface PlannedJob {
  readonly findings: readonly Finding[];
  readonly images: readonly ImagePlan[];
}

export type Ask =
  | { readonly hook: Exclude<HookName, 'jobTypes' | 'infrastructureTargets'>; readonly args: readonly unknown[] }
  | { readonly hook: 'images'; readonly args: readonly [SubmittedJob] };

export type Question = Ask & { readonly id: number };

export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: string });
