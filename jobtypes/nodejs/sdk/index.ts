/** Owns what jobs import from `racetrack`. */
export { type CallOptions, callJob } from './call-job.ts';
export { type AnyEndpoint, defineJob, type Endpoint, endpoint, type JobDefinition } from './define-job.ts';
export { type FileOptions, file } from './file.ts';
export { JobCallError } from './job-call-error.ts';
export { type RequestContext, requestContext } from './request-context.ts';
