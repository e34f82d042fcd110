/** Owns the job type `golang`: functions or a struct in a Go package. */
import { dirname } from 'node:path/posix';
import type * as z from 'zod';
import { packageVersion } from '../../wrapper/core/package-root.ts';
import { type Instruction, renderDockerfile } from '../dockerfile.ts';
import { pathsOutside } from '../extra-problems.ts';
import { defineJobType, type ImagePlan, type JobSource } from '../job-type.ts';
import {
  addJob,
  addWrapper,
  JOB_FOLDER,
  NODE_IMAGE,
  prepareSystem,
  runWrapper,
  serveJob,
  takeNode,
  wrapperFiles,
} from '../wrapper-image.ts';
import { goExtraSchema } from './extra.ts';
import { goLauncher } from './launcher.ts';

const GO_IMAGE = 'golang:1.26-bookworm';
const CACHE = '/src/cache';

export const golangJobType = defineJobType({
  name: 'golang',
  version: packageVersion(),
  description: 'Functions or a struct in a Go package.',
  extra: goExtraSchema,
  images: (job) => [planImage(job)],
  runner: goLauncher,
  validate: ({ extra }) => pathsOutside(extra, 'entrypoint_path', 'gomod'),
});

/** Compiled beside the Go toolchain, served without it: the wrapper finds what it has compiled at the same place. */
function planImage(job: JobSource<z.output<typeof goExtraSchema>>): ImagePlan {
  const { entrypoint_path: entrypoint = '.' } = job.extra;
  const place: Instruction[] = [{ env: { RACETRACK_CACHE: CACHE } }];
  const text = renderDockerfile([
    { from: GO_IMAGE, as: 'build' },
    ...takeNode,
    ...prepareSystem(job),
    ...addWrapper,
    ...place,
    ...downloads(job.extra.gomod),
    ...addJob,
    runWrapper('schema', entrypoint),
    { from: NODE_IMAGE },
    ...prepareSystem(job),
    ...addWrapper,
    ...place,
    { workdir: JOB_FOLDER },
    { copy: [CACHE], to: CACHE, from: 'build' },
    { copy: [JOB_FOLDER], to: JOB_FOLDER, from: 'build' },
    ...serveJob(job, [entrypoint]),
  ]);
  return { dockerfile: { text }, files: wrapperFiles(['jobtypes/golang']) };
}

/** What the job requires is fetched before its files come, so that a change of these fetches nothing. */
function downloads(gomod: string | undefined): Instruction[] {
  if (gomod === undefined) return [];
  const folder = dirname(`${JOB_FOLDER}/${gomod}`);
  return [{ workdir: folder }, { copy: [gomod], to: `${folder}/go.mod` }, { run: ['go', 'mod', 'download'] }];
}
