/** Owns the list of job types that come with Racetrack. Definitions are loaded when they are asked for: a start needs none. */
import type { JobType } from './job-type.ts';
import { createRegistry, type Registry } from './registry.ts';

export async function builtInJobTypes(): Promise<Registry<JobType>> {
  const [python, nodejs, golang, docker] = await Promise.all([
    import('./python3/job-type.ts'),
    import('./nodejs/job-type.ts'),
    import('./golang/job-type.ts'),
    import('./docker/job-types.ts'),
  ]);
  return createRegistry<JobType>([
    python.pythonJobType,
    nodejs.nodejsJobType,
    golang.golangJobType,
    docker.dockerProxyJobType,
    docker.dockerfileJobType,
  ]);
}
