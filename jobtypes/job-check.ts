/** Owns the check of a whole job before it is built: what its job type says about `jobtype_extra` and the manifest. */
import { type Finding, formatPath, type Places } from '../wrapper/core/finding.ts';
import type { Manifest } from '../wrapper/core/manifest.ts';
import { fitToSchema } from '../wrapper/core/schema-check.ts';
import type { JobSource, JobType, Problem } from './job-type.ts';

export interface CheckedJob {
  /** What the job type's functions are given; its `extra` holds only what has a use. */
  readonly job: JobSource<unknown>;
  readonly findings: readonly Finding[];
}

/** Checks a complete manifest; every mistake has its place. */
export function checkJob(
  type: JobType,
  { manifest, places, gitVersion }: { manifest: Manifest; places: Places; gitVersion: string },
): CheckedJob {
  const extra: Record<string, unknown> = structuredClone(manifest.jobtype_extra ?? {});
  const found = fitToSchema({ schema: type.extra, value: extra, places, base: ['jobtype_extra'] });
  const parsed = type.extra.safeParse(extra);
  const job: JobSource<unknown> = { manifest, extra: parsed.success ? parsed.data : extra, gitVersion };
  // A job type is asked only about options that have the form it has declared.
  const problems = parsed.success ? (type.validate?.(job) ?? []) : [];
  return { job, findings: [...found, ...problems.map((problem) => placed(problem, places))] };
}

function placed({ path, message, suggestion }: Problem, places: Places): Finding {
  const remark = { kind: 'value' as const, path: formatPath(path), message };
  return { ...places.at(path), ...remark, ...(suggestion === undefined ? {} : { suggestion }) };
}
