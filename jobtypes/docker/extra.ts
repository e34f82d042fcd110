/** Owns the options of jobs that are programs of their own: the keys of `jobtype_extra` and their meaning. */
import * as z from 'zod';
import type { Finding, Places } from '../../wrapper/core/finding.ts';
import { fitToSchema } from '../../wrapper/core/schema-check.ts';
import type { ProgramOptions, RunExtra } from '../launcher.ts';
import { RUN_KEYS, readRunExtra } from '../run-extra.ts';

const path = z.string().regex(/^\/[!-~]*$/, 'must be a path, such as /perform');

export const programExtraSchema = z.strictObject({
  max_concurrency: RUN_KEYS.max_concurrency,
  max_concurrency_queue: RUN_KEYS.max_concurrency_queue,
  home_page: RUN_KEYS.home_page,
  user_module_port: z.int().min(1).max(65_535).optional(),
  proxy_mode: z.enum(['forward', 'rewrite']).optional(),
  api_base: path.optional(),
  perform_path: path.optional(),
  probe_path: path.optional(),
  start_timeout: z.number().positive().optional(),
  dockerfile_path: z.string().min(1).optional(),
});

/** What the options mean when the job runs; what the command line says wins over them. */
export interface ProgramExtra extends RunExtra, ProgramOptions {
  /** As seen from the job's folder. */
  readonly dockerfile: string | undefined;
}

/** Reads `jobtype_extra`; a limit that is no number fails the start, every other mistake is a finding. */
export function readProgramExtra(
  given: Readonly<Record<string, unknown>> | undefined,
  places: Places,
): { extra: ProgramExtra; findings: Finding[] } {
  const value: Record<string, unknown> = { ...given };
  const findings = fitToSchema({ schema: programExtraSchema, value, places, base: ['jobtype_extra'] });
  const options = value as z.infer<typeof programExtraSchema>;
  const extra: ProgramExtra = {
    ...readRunExtra(options, places),
    programPort: options.user_module_port,
    rewrite: options.proxy_mode === 'rewrite',
    apiBase: options.api_base,
    performPath: options.perform_path,
    probe: options.probe_path,
    startTimeout: options.start_timeout,
    dockerfile: options.dockerfile_path,
  };
  return { extra, findings };
}
