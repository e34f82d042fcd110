/** Owns the job types of programs that speak HTTP themselves: `docker-proxy` with the wrapper in front of them, `dockerfile` without. */
import type * as z from 'zod';
import { packageVersion } from '../../wrapper/core/package-root.ts';
import { renderDockerfile } from '../dockerfile.ts';
import { pathsOutside } from '../extra-problems.ts';
import { defineJobType, type ImagePlan, type JobSource } from '../job-type.ts';
import { addWrapper, JOB_FOLDER, NODE_IMAGE, serveJob, wrapperFiles } from '../wrapper-image.ts';
import { programExtraSchema } from './extra.ts';
import { programLauncher } from './launcher.ts';

type Job = JobSource<z.output<typeof programExtraSchema>>;

/** Containers of one job share their network: the first listens at 7000, the next at 7001. */
const DEFAULT_PORT = 7001;

const shared = {
  version: packageVersion(),
  extra: programExtraSchema,
  runner: programLauncher,
  validate: ({ extra }: Job) => pathsOutside(extra, 'dockerfile_path'),
};

export const dockerProxyJobType = defineJobType({
  ...shared,
  name: 'docker-proxy',
  description: 'A program of any language in a Dockerfile, with calls, documentation and probes in front of it.',
  images: (job) => [planProxy(job), ownImage(job)],
});

export const dockerfileJobType = defineJobType({
  ...shared,
  name: 'dockerfile',
  description: 'A program in a Dockerfile that answers all requests itself.',
  images: (job) => [ownImage(job)],
});

function planProxy(job: Job): ImagePlan {
  const { user_module_port: port = DEFAULT_PORT } = job.extra;
  const text = renderDockerfile([
    { from: NODE_IMAGE },
    ...addWrapper,
    { workdir: JOB_FOLDER },
    { copy: ['job.yaml'], to: `${JOB_FOLDER}/` },
    ...serveJob(job, ['--url', `http://127.0.0.1:${port}`]),
  ]);
  return { dockerfile: { text }, files: wrapperFiles([]) };
}

const ownImage = ({ extra }: Job): ImagePlan => ({
  dockerfile: { path: extra.dockerfile_path ?? 'Dockerfile' },
  files: {},
});
