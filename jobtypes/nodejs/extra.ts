/** Owns the options of Node jobs: the keys of `jobtype_extra` and their meaning. */
import * as z from 'zod';
import type { Finding, Places } from '../../wrapper/core/finding.ts';
import { fitToSchema } from '../../wrapper/core/schema-check.ts';
import type { RunExtra } from '../launcher.ts';
import { RUN_KEYS, readRunExtra } from '../run-extra.ts';

export const nodeExtraSchema = z.strictObject({ ...RUN_KEYS, node_version: z.string().optional() });

/** Reads `jobtype_extra`; a limit that is no number fails the start, every other mistake is a finding. */
export function readNodeExtra(
  given: Readonly<Record<string, unknown>> | undefined,
  places: Places,
): { extra: RunExtra; findings: Finding[] } {
  const value: Record<string, unknown> = { ...given };
  const findings = fitToSchema({ schema: nodeExtraSchema, value, places, base: ['jobtype_extra'] });
  return { extra: readRunExtra(value as z.infer<typeof nodeExtraSchema>, places), findings };
}
