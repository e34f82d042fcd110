/** Owns the options of Python jobs: the keys of `jobtype_extra` and their meaning. */
import * as z from 'zod';
import { UserError } from '../../wrapper/core/errors.ts';
import type { Finding, Places } from '../../wrapper/core/finding.ts';
import { fitToSchema } from '../../wrapper/core/schema-check.ts';

const flag = z.union([z.boolean(), z.enum(['true', 'false'])]).optional();
/** Read by hand, as a limit that is no number fails the start; the meta is what editors are told. */
const count = z
  .unknown()
  .meta({ type: ['integer', 'string'], pattern: '^\\d*$', minimum: 0 })
  .optional();

export const pythonExtraSchema = z.strictObject({
  entrypoint_path: z.string().optional(),
  entrypoint_class: z.string().optional(),
  requirements_path: z.string().optional(),
  check_requirements: flag,
  python_version: z.string().optional(),
  debian_version: z.string().optional(),
  debian_backports: flag,
  memray_profiler: flag,
  max_concurrency: count,
  max_concurrency_queue: count,
  home_page: z.string().optional(),
});

/** What the options mean when the job runs. */
export interface PythonExtra {
  readonly entrypointPath: string | undefined;
  readonly entrypointClass: string | undefined;
  readonly requirementsPath: string | undefined;
  /** How many calls run at once; undefined for no limit. */
  readonly maxConcurrency: number | undefined;
  /** How many calls may wait; undefined for no limit, 0 for none. */
  readonly maxConcurrencyQueue: number | undefined;
  /** With a leading slash. */
  readonly homePage: string | undefined;
}

/** Reads `jobtype_extra`; a limit that is no number fails the start, every other mistake is a finding. */
export function readPythonExtra(
  given: Readonly<Record<string, unknown>> | undefined,
  places: Places,
): { extra: PythonExtra; findings: Finding[] } {
  const value: Record<string, unknown> = { ...given };
  const findings = fitToSchema({ schema: pythonExtraSchema, value, places, base: ['jobtype_extra'] });
  const options = value as z.infer<typeof pythonExtraSchema>;
  const number = (key: 'max_concurrency' | 'max_concurrency_queue'): number | undefined =>
    parseCount(key, options[key], places.plainText(['jobtype_extra', key]));
  const extra: PythonExtra = {
    entrypointPath: options.entrypoint_path,
    entrypointClass: options.entrypoint_class || undefined,
    requirementsPath: options.requirements_path,
    maxConcurrency: number('max_concurrency') || undefined,
    maxConcurrencyQueue: number('max_concurrency_queue'),
    homePage: options.home_page === undefined ? undefined : withSlash(options.home_page),
  };
  return { extra, findings };
}

function parseCount(key: string, given: unknown, source: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  const isCount = typeof given === 'number' || (typeof given === 'string' && /^\d+$/.test(given));
  if (isCount && Number.isSafeInteger(Number(given)) && Number(given) >= 0) return Number(given);
  throw new UserError(`Expected integer in ${key}, but got: ${source ?? asText(given)}`, {
    hint: 'write a whole number, or leave the key out for no limit',
  });
}

const asText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const withSlash = (page: string): string => (page.startsWith('/') ? page : `/${page}`);
