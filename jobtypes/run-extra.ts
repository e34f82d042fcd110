/** Owns the options of `jobtype_extra` that every job type has: their keys and their meaning. */
import * as z from 'zod';
import { UserError } from '../wrapper/core/errors.ts';
import type { Places } from '../wrapper/core/finding.ts';
import type { RunExtra } from './launcher.ts';

/** A switch; also the text that a template makes of one. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false'])]).optional();
/** Read by hand, as a limit that is no number fails the start; the meta is what editors are told. */
const count = z
  .unknown()
  .meta({ type: ['integer', 'string'], pattern: '^\\d*$', minimum: 0 })
  .optional();

/** The keys, for the schema of a job type. */
export const RUN_KEYS = {
  entrypoint_path: z.string().optional(),
  entrypoint_class: z.string().optional(),
  max_concurrency: count,
  max_concurrency_queue: count,
  home_page: z.string().optional(),
  validate: flag,
  validate_output: z.enum(['warn', 'fail']).optional(),
};

/** What they mean; a limit that is no number fails the start with a UserError. */
export function readRunExtra(
  options: { readonly [K in keyof typeof RUN_KEYS]?: z.infer<(typeof RUN_KEYS)[K]> },
  places: Places,
): RunExtra {
  const number = (key: 'max_concurrency' | 'max_concurrency_queue'): number | undefined =>
    parseCount(key, options[key], places.plainText(['jobtype_extra', key]));
  return {
    className: options.entrypoint_class || undefined,
    maxConcurrency: number('max_concurrency') || undefined,
    maxConcurrencyQueue: number('max_concurrency_queue'),
    homePage: options.home_page === undefined ? undefined : withSlash(options.home_page),
    validate: options.validate === undefined ? undefined : String(options.validate) === 'true',
    validateOutput: options.validate_output,
  };
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
