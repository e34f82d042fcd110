/** Owns `racetrack-wrapper template`: a template of the user's, filled in with the job's manifest. */
import { lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnvFile } from '../core/env-file.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { formatFinding } from '../core/finding.ts';
import { loadManifest, type Manifest } from '../core/manifest.ts';
import { locateManifest, type ManifestLocation } from '../core/manifest-location.ts';
import { manifestSchema } from '../core/manifest-schema.ts';
import { renderTemplate } from '../template/render.ts';
import { Callable, fromPlain, type Mapping, type Value } from '../template/values.ts';

export interface TemplateOptions {
  readonly manifestPath?: string;
}

/** Renders the file and writes the result, whole or not at all. */
export async function template(source: string, out: string, { manifestPath }: TemplateOptions): Promise<void> {
  const cwd = process.cwd();
  const location = locateManifest({ manifestPath, env: process.env, cwd });
  if (location.kind === 'none') {
    throw new UserError(`there is no job.yaml in ${cwd}`, {
      hint: "go to the job's folder, or name the manifest with --manifest-path",
    });
  }
  const { manifest, findings } = await loadManifest(location);
  for (const finding of findings) {
    if (finding.kind !== 'missing') process.stderr.write(`warning: ${formatFinding(finding)}\n`);
  }
  const secrets = await readSecrets(manifest.secret_build_env_file, location);
  await checkTarget(out, [source, ...(location.kind === 'file' ? [location.path] : [])]);
  await writeWhole(out, renderTemplate(source, variablesOf(manifest, secrets)));
}

/** The variables that TheRacetrack's templates have. */
function variablesOf(manifest: Partial<Manifest>, secrets: Readonly<Record<string, string>>): Mapping {
  const shown = templateManifest(manifest);
  return {
    manifest: shown,
    manifest_jobtype_extra: shown.jobtype_extra as Value,
    env_vars: fromPlain({ ...manifest.build_env, ...secrets }),
  };
}

/** Every field that a manifest may have is there, so that a template can ask for it: with its default, or none. */
function templateManifest(manifest: Partial<Manifest>): Mapping {
  const fields = Object.entries(manifestSchema.shape).map(([name, field]) => [name, field.meta()?.default ?? null]);
  const { git, ...given } = manifest;
  const known = {
    ...Object.fromEntries(fields),
    jobtype_extra: {},
    ...given,
    git: { branch: null, directory: '.', ...git },
  };
  const shown = fromPlain(known) as Record<string, Value>;
  // A function of earlier versions' templates; it is no field, so it stays out of `manifest.items()`.
  const extra = shown.jobtype_extra as Value;
  return Object.defineProperty(shown, 'get_jobtype_extra', { value: new Callable(() => extra) });
}

async function readSecrets(
  file: string | undefined,
  location: Exclude<ManifestLocation, { kind: 'none' }>,
): Promise<Record<string, string>> {
  if (typeof file !== 'string') return {};
  const path = resolve(location.kind === 'file' ? dirname(location.path) : location.folder, file);
  try {
    return parseEnvFile(await readFile(path, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`secret_build_env_file: ${path} cannot be read: ${reasonOf(cause)}`, {
      hint: 'the path starts at the folder of the manifest',
      cause,
    });
  }
}

/** Refuses what a new file may not take the place of, before any work is done. */
async function checkTarget(out: string, sources: readonly string[]): Promise<void> {
  const folder = dirname(resolve(out));
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new UserError(`there is no folder ${folder} to write ${basename(out)} to`, { hint: 'make it first' });
  }
  const existing = await lstat(out).catch(() => undefined);
  if (!existing) return;
  const real = await realpath(out).catch(() => resolve(out));
  const isSource = (await Promise.all(sources.map((path) => realpath(path).catch(() => '')))).includes(real);
  if (isSource) throw new UserError(`${out} is read as well: it would be overwritten`, { hint: 'name another file' });
  if (!existing.isFile()) {
    throw new UserError(`${out} is not a plain file, so it is left alone`, { hint: 'name a file, new or old' });
  }
}

/** A reader never sees half of it, and after a failure the old content stands. */
async function writeWhole(out: string, text: string): Promise<void> {
  const draft = join(dirname(resolve(out)), `.${basename(out)}.${process.pid}.tmp`);
  const mode = (await stat(out).catch(() => undefined))?.mode;
  try {
    await writeFile(draft, text, { flag: 'wx', ...(mode === undefined ? {} : { mode: mode & 0o777 }) });
    await rename(draft, out);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new UserError(`${out} cannot be written: ${reasonOf(cause)}`, {
      hint: 'check that you may write to its folder',
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'it is not permitted',
    EISDIR: 'it is a folder',
    EROFS: 'the folder is read-only',
  };
  return reasons[code ?? ''] ?? messageOf(cause);
}
