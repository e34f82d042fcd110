/** Owns the list of job types that come with Racetrack. Its importers load it when they need it: a start needs none of it. */
import { dockerfileJobType, dockerProxyJobType } from './docker/job-types.ts';
import { golangJobType } from './golang/job-type.ts';
import type { JobType } from './job-type.ts';
import { nodejsJobType } from './nodejs/job-type.ts';
import { pythonJobType } from './python3/job-type.ts';
import { createRegistry, type Registry } from './registry.ts';

export const builtInJobTypes: Registry<JobType> = createRegistry<JobType>([
  pythonJobType,
  nodejsJobType,
  golangJobType,
  dockerProxyJobType,
  dockerfileJobType,
]);
