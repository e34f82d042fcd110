/** Owns `/live`, `/ready` and `/health`: what they say in every state of the job. */
import type { WrapperConfig } from '../config.ts';
import type { JobDescription, StartFailure } from '../protocol/messages.ts';

/** The state of the job as the outside sees it. */
export interface JobStatus {
  readonly state: 'starting' | 'ready' | 'failed' | 'restarting' | 'stopping';
  readonly failure: StartFailure | undefined;
  readonly description: JobDescription | undefined;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly body: object;
}

/** Answers a probe path; undefined for any other path. */
export function answerProbe(path: string, status: JobStatus, config: WrapperConfig): ProbeAnswer | undefined {
  switch (path) {
    case '/live':
      return live(status, config);
    case '/ready':
      return status.state === 'ready'
        ? { status: 200, body: { ready: true } }
        : { status: 500, body: { ready: false } };
    case '/health':
      return health(status, config);
    default:
      return undefined;
  }
}

/** A job that crashed and is being restarted is alive: it repairs itself. One that could not start is not. */
const isLive = (status: JobStatus): boolean => status.state !== 'failed';

const errorOf = (status: JobStatus): string | undefined =>
  status.state === 'ready' ? undefined : status.failure?.error;

function live(status: JobStatus, config: WrapperConfig): ProbeAnswer {
  const deployment_timestamp = config.deployment.deploymentTimestamp;
  if (isLive(status)) return { status: 200, body: { live: true, deployment_timestamp } };
  return { status: 500, body: { live: false, deployment_timestamp, error: errorOf(status) } };
}

function health(status: JobStatus, config: WrapperConfig): ProbeAnswer {
  const { deployment, job } = config;
  const ready = status.state === 'ready';
  const alive = isLive(status);
  return {
    status: alive && ready ? 200 : 500,
    body: {
      service: 'job',
      job_name: job.name,
      live: alive,
      ready,
      status: ready ? 'pass' : 'fail',
      error: errorOf(status) ?? null,
      job_version: deployment.jobVersion,
      git_version: deployment.gitVersion,
      deployed_by_racetrack_version: deployment.deployedByRacetrackVersion,
      deployment_timestamp: deployment.deploymentTimestamp,
      job_type_version: deployment.jobTypeVersion,
    },
  };
}
