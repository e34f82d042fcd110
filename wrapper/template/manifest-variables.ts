/** Owns how a job's manifest looks to templates. */
import type { Manifest } from '../core/manifest.ts';
import { manifestSchema } from '../core/manifest-schema.ts';
import { Callable, fromPlain, type Mapping, type Value } from './values.ts';

/** The variables that TheRacetrack's templates have. */
export function manifestVariables(manifest: Partial<Manifest>, env: Readonly<Record<string, string>>): Mapping {
  const shown = templateManifest(manifest);
  return { manifest: shown, manifest_jobtype_extra: shown.jobtype_extra as Value, env_vars: fromPlain(env) };
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
