/** Owns the images of job types from Python plugins: their Dockerfile templates, filled in. No code of the plugin runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImagePlan } from '../jobtypes/job-type.ts';
import { UserError } from '../wrapper/core/errors.ts';
import { type Manifest, parseManifest } from '../wrapper/core/manifest.ts';
import { packageVersion } from '../wrapper/core/package-root.ts';
import { manifestVariables } from '../wrapper/template/manifest-variables.ts';
import { renderTemplate } from '../wrapper/template/render.ts';
import type { Mapping } from '../wrapper/template/values.ts';
import type { PlannedJob, SubmittedJob } from './thread-messages.ts';

export interface PythonImage {
  /** Whether `path` is seen from the plugin's folder or from the job's. */
  readonly source: 'jobtype' | 'job';
  readonly path: string;
  readonly template: boolean;
}

/** Where the build sees the plugin's folder. */
const HANDED_OVER = '.racetrack/jobtype';

/** Plans like a job type would; the plugin declares no options, so `jobtype_extra` may hold anything. */
export function planPythonJob(
  job: SubmittedJob,
  { folder, images }: { folder: string; images: readonly PythonImage[] },
): PlannedJob {
  const { manifest, findings } = parseManifest(job.manifest, { file: 'job.yaml' });
  if (findings.length > 0) return { findings, images: [] };
  const variables = variablesOf(manifest as Manifest, job);
  return { findings, images: images.map((image) => planImage(image, { folder, variables })) };
}

function planImage(
  { source, path, template }: PythonImage,
  { folder, variables }: { folder: string; variables: Mapping },
): ImagePlan {
  if (source === 'job') return { dockerfile: { path, ...(template ? { variables } : {}) }, files: {} };
  const file = join(folder, path);
  const text = template ? renderTemplate(file, variables) : readFileSync(file, 'utf8');
  return { dockerfile: { text: withoutContexts(text, path) }, files: { [HANDED_OVER]: folder } };
}

/** The original hands the plugin's folder over as a further build context, which not every Docker knows: here it is below the job's. */
function withoutContexts(text: string, path: string): string {
  const moved = text.replaceAll(
    /^(\s*(?:COPY|ADD)(?:\s+--[\w-]+=\S+)*?)\s+--from=jobtype((?:\s+--[\w-]+=\S+)*)\s+([^\n[]*)$/gim,
    (_line, before: string, after: string, rest: string) => {
      const words = rest.trim().split(/\s+/);
      const sources = words.slice(0, -1).map((word) => `${HANDED_OVER}/${word.replace(/^\.?\/+/, '')}`);
      return `${before}${after} ${[...sources, words.at(-1)].join(' ')}`;
    },
  );
  if (!/from=jobtype\b/i.test(moved)) return moved;
  throw new UserError(`${path} uses the build context "jobtype" in a way that is not supported`, {
    hint: 'write it as COPY --from=jobtype SOURCE TARGET, on one line',
  });
}

function variablesOf(manifest: Manifest, { jobType, gitVersion }: SubmittedJob): Mapping {
  const resource = `job-${manifest.name}-v-${manifest.version ?? '0.0.1'}`.replaceAll('.', '-');
  return {
    ...manifestVariables(manifest, manifest.build_env ?? {}),
    git_version: gitVersion,
    deployed_by_racetrack_version: packageVersion(),
    job_type_version: jobType,
    resource_name: resource,
  };
}
