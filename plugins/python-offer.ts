/** Owns what can be had of a Python plugin of the original platform: its job types and its page. Everything else is refused. */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { fullName } from '../jobtypes/job-type.ts';
import { isVersion } from '../jobtypes/version.ts';
import { UserError } from '../wrapper/core/errors.ts';
import { type Environment, executablesOnPath } from '../wrapper/core/executable.ts';
import { packageRoot } from '../wrapper/core/package-root.ts';
import { describeEnd, killGroup } from '../wrapper/worker/process.ts';
import type { PluginLimits } from './limits.ts';
import type { PluginManifest } from './manifest.ts';
import type { PythonImage } from './python-images.ts';

const imageSchema = z.strictObject({
  source: z.enum(['jobtype', 'job']).default('jobtype'),
  dockerfile_path: z.string().min(1),
  template: z.boolean().default(true),
});
const template = z.string().min(1);
const typeSchema = z.union([z.strictObject({ images: z.array(imageSchema) }), z.array(template), template]);
const reportSchema = z.union([
  z.object({ failure: z.string() }),
  z.object({
    hooks: z.array(z.string()),
    docs: z
      .string()
      .max(256 * 1024)
      .nullable(),
    types: z.record(z.string(), z.unknown()),
  }),
]);

const OUTPUT_LIMIT = 1024 * 1024;

export interface PythonJobType {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly images: readonly PythonImage[];
}

export interface PythonOffer {
  readonly hooks: readonly [];
  readonly jobTypes: readonly PythonJobType[];
  readonly infrastructureTargets: readonly [];
  readonly docs?: string;
}

export interface PythonSource {
  readonly folder: string;
  readonly manifest: PluginManifest;
  readonly env: Environment;
  readonly limits: PluginLimits;
}

/** Runs the plugin's Python once, in a process with limits of time and memory. Rejects with a UserError that says what is not supported. */
export async function readPythonOffer(source: PythonSource): Promise<PythonOffer> {
  const report = reportSchema.safeParse(await runExtraction(source));
  if (!report.success) throw refused(source, 'what it says about itself is not of the expected form');
  if ('failure' in report.data) throw refused(source, `its code fails: ${report.data.failure}`);
  const { hooks, types, docs } = report.data;
  if (hooks.length > 0) throw refused(source, `it has the hooks ${hooks.join(', ')}, which only Python could run`);
  if (Object.keys(types).length === 0) throw refused(source, 'it brings no job types');
  const jobTypes = Object.entries(types).map(([name, value]) => jobTypeOf(source, name, value));
  for (const type of jobTypes) await checkTemplates(source, type);
  return { hooks: [], jobTypes, infrastructureTargets: [], ...(docs === null ? {} : { docs }) };
}

const refused = ({ manifest: { name } }: PythonSource, reason: string): UserError =>
  new UserError(`the Python plugin ${name} cannot be used: ${reason}`, {
    hint: 'only job types made of Dockerfile templates can be taken over; write the plugin anew as plugin.mjs for more',
  });

function jobTypeOf(source: PythonSource, full: string, value: unknown): PythonJobType {
  const [name = '', version = '', ...rest] = full.split(':');
  if (name === '' || rest.length > 0 || !isVersion(version)) {
    throw refused(source, `its job type "${full}" is not named like name:1.2.3`);
  }
  if (typeof value === 'object' && value !== null && 'base' in value) {
    throw refused(source, `its job type ${full} is made of a base image and a template, which is out of use`);
  }
  const parsed = typeSchema.safeParse(value);
  if (!parsed.success) throw refused(source, `its job type ${full} is not a list of images`);
  const given = parsed.data;
  const images: PythonImage[] =
    typeof given === 'object' && 'images' in given
      ? given.images.map(({ dockerfile_path: path, ...image }) => ({ ...image, path }))
      : [given].flat().map((path) => ({ source: 'jobtype', path, template: true }));
  if (images.length === 0) throw refused(source, `its job type ${full} has no images`);
  return { name, version, description: `From the Python plugin ${source.manifest.name}.`, images };
}

async function checkTemplates(source: PythonSource, type: PythonJobType): Promise<void> {
  for (const { source: place, path } of type.images) {
    if (path.startsWith('/') || path.split('/').includes('..')) {
      throw refused(source, `the Dockerfile ${path} of ${fullName(type)} is outside of it`);
    }
    const isThere =
      place === 'job' ||
      (await access(join(source.folder, path)).then(
        () => true,
        () => false,
      ));
    if (!isThere) throw refused(source, `the Dockerfile ${path} of ${fullName(type)} is missing`);
  }
}

/** What the extraction has written, parsed. */
async function runExtraction(source: PythonSource): Promise<unknown> {
  const { folder, manifest, env, limits } = source;
  const [python] = executablesOnPath('python3', env);
  if (python === undefined) throw refused(source, 'there is no python3 to read it with');
  const seconds = Math.ceil(limits.loadMs / 1000);
  const script = join(packageRoot(), 'plugins/python/extract.py');
  const child = spawn(python, ['-I', '-B', script, folder, String(seconds), String(limits.loadMegabytes)], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    detached: true, // a group of its own, so that what the plugin starts ends with it
  });
  const timer = setTimeout(() => killGroup(child.pid ?? 0), limits.loadMs);
  try {
    const end = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(describeEnd(code, signal)));
    });
    child.stdin?.on('error', () => {}); // it shows as the end of the process
    child.stdin?.end(
      JSON.stringify({ url: null, build_date: null, category: null, priority: 0, components: [], ...manifest }),
    );
    const text = await collect(child.stdio[3] as Readable);
    if (text === undefined) throw refused(source, 'it says more about itself than 1 MB');
    const report = parseJson(text);
    if (report !== undefined) return report;
    throw refused(source, `reading it took too long or too much memory: its process ${await end}`);
  } finally {
    clearTimeout(timer);
    killGroup(child.pid ?? 0);
  }
}

/** Undefined for a text that has been broken off. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined when it is too much. */
async function collect(stream: Readable): Promise<string | undefined> {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) {
    text += piece;
    if (text.length > OUTPUT_LIMIT) return undefined;
  }
  return text;
}
