/** Owns the options of Go jobs: the keys of `jobtype_extra` and their meaning. */
import * as z from 'zod';
import type { Finding, Places } from '../../wrapper/core/finding.ts';
import { fitToSchema } from '../../wrapper/core/schema-check.ts';
import type { RunExtra } from '../launcher.ts';
import { RUN_KEYS, readRunExtra } from '../run-extra.ts';

export const goExtraSchema = z.strictObject({ ...RUN_KEYS, gomod: z.string().optional() });

/** Reads `jobtype_extra`; a limit that is no number fails the start, every other mistake is a finding. */
export function readGoExtra(
  given: Readonly<Record<string, unknown>> | undefined,
  places: Places,
): { extra: RunExtra; findings: Finding[] } {
  const value: Record<string, unknown> = { ...given };
  const findings = fitToSchema({ schema: goExtraSchema, value, places, base: ['jobtype_extra'] });
  return { extra: readRunExtra(value as z.infer<typeof goExtraSchema>, places), findings };
}
