/** Owns the usual way to run a job: a program that speaks the worker protocol, made ready once for each version of the job's files. */
import type * as z from 'zod';
import type { Environment } from '../wrapper/core/executable.ts';
import type { Finding } from '../wrapper/core/finding.ts';
import { fitToSchema } from '../wrapper/core/schema-check.ts';
import type { WorkerCommand } from '../wrapper/worker/process.ts';
import type { Runner } from './job-type.ts';
import type { GivenExtra, Launcher, Preparation } from './launcher.ts';
import { readRunExtra } from './run-extra.ts';

export interface RunningJob<Extra> {
  /** Absolute path of the job's file or folder. */
  readonly entrypoint: string;
  /** The job's folder: where its relative paths lead. */
  readonly folder: string;
  readonly env: Environment;
  /** The job's `jobtype_extra`, checked; undefined when it has no manifest, or cannot be used. */
  readonly extra: Extra | undefined;
}

interface WorkerRunner<Extra extends z.ZodObject> extends Pick<Launcher, 'entrypoints' | 'takes'> {
  /** The schema of the job type; with {@link RUN_KEYS} in it, their options work as for every job. */
  readonly extra: Extra;
  /** Installs or compiles what is needed, and says how the program is started. Its rejection is shown by log and probes. */
  prepare(job: RunningJob<z.output<Extra>>, preparation: Preparation): Promise<WorkerCommand>;
}

/** The `runner` of a job type. */
export function workerRunner<Extra extends z.ZodObject>(runner: WorkerRunner<Extra>): Runner {
  return {
    entrypoints: runner.entrypoints,
    takes: runner.takes,
    open: async ({ entrypoint, folder, env }) => ({
      early: undefined,
      configure: async (given) => {
        const { extra, findings, run } = given
          ? readExtra(runner.extra, given)
          : { extra: undefined, findings: [], run: {} };
        const job = { entrypoint, folder, env, extra };
        return { extra: run, findings, prepare: (preparation) => runner.prepare(job, preparation) };
      },
    }),
  };
}

function readExtra<Extra extends z.ZodObject>(schema: Extra, { values, places }: GivenExtra) {
  const value: Record<string, unknown> = structuredClone({ ...values });
  const findings: Finding[] = fitToSchema({ schema: schema.strict(), value, places, base: ['jobtype_extra'] });
  const parsed = schema.safeParse(value);
  return { extra: parsed.success ? parsed.data : undefined, findings, run: readRunExtra(value, places) };
}
