/** Owns what plugins import as `racetrack/plugin`: definitions, the schema library, and the types of both. */
export { type Instruction, renderDockerfile } from '../jobtypes/dockerfile.ts';
export { defineJobType, type ImagePlan, type JobSource, type JobType, type Problem } from '../jobtypes/job-type.ts';
export type {
  ConfiguredJob,
  GivenExtra,
  Launch,
  LaunchRequest,
  Preparation,
  RunExtra,
} from '../jobtypes/launcher.ts';
export { RUN_KEYS } from '../jobtypes/run-extra.ts';
export { type RunningJob, workerRunner } from '../jobtypes/worker-runner.ts';
export { UserError } from '../wrapper/core/errors.ts';
export type { Manifest } from '../wrapper/core/manifest.ts';
export {
  definePlugin,
  type InfrastructureTarget,
  type JobReference,
  type Plugin,
  type PluginContext,
} from './plugin.ts';
export * as z from './zod.ts';
