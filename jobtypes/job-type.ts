/** Owns what a job type is: one definition of the options its jobs have, of their images, and of how they run. */
import type * as z from 'zod';
import type { Path } from '../wrapper/core/finding.ts';
import type { Manifest } from '../wrapper/core/manifest.ts';
import type { Mapping } from '../wrapper/template/values.ts';
import type { Launcher } from './launcher.ts';
import { isVersion } from './version.ts';

/** A job as its job type sees it: values only. */
export interface JobSource<Extra> {
  readonly manifest: Manifest;
  /** The manifest's `jobtype_extra`, checked. */
  readonly extra: Extra;
  /** Which state of the job's repository it is, such as `v1.2-3-gab12cd`. */
  readonly gitVersion: string;
}

/** How one image of a job is built. The build sees the job's folder, and below it what `files` names. */
export interface ImagePlan {
  /** The text of a Dockerfile, or the path of the job's own; that one is a Jinja template if there are variables. */
  readonly dockerfile: { readonly text: string } | { readonly path: string; readonly variables?: Mapping };
  /** Absolute paths of further files and folders, by their path in the build. */
  readonly files: Readonly<Record<string, string>>;
}

/** A mistake that only the job type can see. */
export interface Problem {
  /** Where in the manifest. */
  readonly path: Path;
  readonly message: string;
  /** What to do about it. */
  readonly suggestion?: string;
}

export interface JobType<Extra = unknown> {
  /** Such as `python3`: what stands before the colon in a manifest's `jobtype`. */
  readonly name: string;
  /** Three numbers and perhaps a label, such as `2.6.1` or `2.6.1-bullseye`. */
  readonly version: string;
  /** One sentence for people who choose a job type. */
  readonly description: string;
  /** The options in `jobtype_extra`; keys that it does not have are mistakes. */
  readonly extra: z.ZodObject;
  /** Plans the images, at least one; reads and writes nothing. */
  images(job: JobSource<Extra>): readonly ImagePlan[];
  /** How its jobs run without an image; left out by types that run in images only. */
  readonly runner?: Runner;
  /** Looks at the manifest of a job before anything is built; what it returns refuses the job. */
  validate?(job: JobSource<Extra>): readonly Problem[];
}

export type Runner = Omit<Launcher, 'name'>;

const NAME = /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/;

/**
 * Makes a job type; the type of `extra` in its functions is that of the schema.
 * @example
 * const type = defineJobType({
 *   name: 'rust',
 *   version: '1.0.0',
 *   description: 'A function in Rust.',
 *   extra: z.object({ edition: z.string().default('2024') }),
 *   images: ({ extra }) => [{ dockerfile: { text: `FROM rust:1\nENV EDITION=${extra.edition}\n` }, files: {} }],
 * });
 * @throws TypeError when a part is missing or is not what it has to be
 */
export function defineJobType<Extra extends z.ZodObject>(
  definition: Omit<JobType<z.output<Extra>>, 'extra'> & { readonly extra: Extra },
): JobType<z.output<Extra>> {
  const { name, version, description, extra, images } = definition;
  const problem =
    (!NAME.test(name) && `its name ${JSON.stringify(name)} is not made of small letters, digits, ".", "_" and "-"`) ||
    (!isVersion(version) && `its version ${JSON.stringify(version)} is not like 1.2.3 or 1.2.3-label`) ||
    ((typeof description !== 'string' || description.trim() === '') && 'its description is missing') ||
    (extra?.type !== 'object' && 'its extra is not made with z.object') ||
    (typeof images !== 'function' && 'its function images is missing');
  if (problem) throw new TypeError(`the job type ${String(name)} cannot be used: ${problem}`);
  return Object.freeze({ ...definition, extra: extra.strict() });
}

/** `python3:2.6.1`. */
export const fullName = ({ name, version }: { name: string; version: string }): string => `${name}:${version}`;
