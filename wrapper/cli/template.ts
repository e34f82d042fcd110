/** Owns `racetrack-wrapper template`: a template of the user's, filled in with the job's manifest. */
import { lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnvFile } from '../core/env-file.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { formatFinding } from '../core/finding.ts';
import { loadManifest } from '../core/manifest.ts';
import { locateManifest, type ManifestLocation } from '../core/manifest-location.ts';
import { manifestVariables } from '../template/manifest-variables.ts';
import { renderTemplate } from '../template/render.ts';

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
  await writeWhole(out, renderTemplate(source, manifestVariables(manifest, { ...manifest.build_env, ...secrets })));
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
