/** Owns the options of Python jobs: the keys of `jobtype_extra` and their meaning. */
import * as z from 'zod';
import type { Finding, Places } from '../../wrapper/core/finding.ts';
import { fitToSchema } from '../../wrapper/core/schema-check.ts';
import type { RunExtra } from '../launcher.ts';
import { flag, RUN_KEYS, readRunExtra } from '../run-extra.ts';

export const pythonExtraSchema = z.strictObject({
  ...RUN_KEYS,
  requirements_path: z.string().optional(),
  check_requirements: flag,
  python_version: z.string().optional(),
  debian_version: z.string().optional(),
  debian_backports: flag,
  memray_profiler: flag,
});

/** What the options mean when the job runs. */
export interface PythonExtra extends RunExtra {
  readonly requirementsPath: string | undefined;
}

/** Reads `jobtype_extra`; a limit that is no number fails the start, every other mistake is a finding. */
export function readPythonExtra(
  given: Readonly<Record<string, unknown>> | undefined,
  places: Places,
): { extra: PythonExtra; findings: Finding[] } {
  const value: Record<string, unknown> = { ...given };
  const findings = fitToSchema({ schema: pythonExtraSchema, value, places, base: ['jobtype_extra'] });
  const options = value as z.infer<typeof pythonExtraSchema>;
  return { extra: { ...readRunExtra(options, places), requirementsPath: options.requirements_path }, findings };
}
