/** Owns mistakes in `jobtype_extra` that several job types look for, when a job is to be built. */
import type { Problem } from './job-type.ts';

type Extra = Readonly<Record<string, unknown>>;

/** A job that is deployed must say where it begins. */
export const missingEntrypoint = (extra: Extra, what: string): Problem[] =>
  extra.entrypoint_path ? [] : [problem('entrypoint_path', 'is required', `name ${what}`)];

/** Paths must stay in the job's folder. */
export const pathsOutside = (extra: Extra, ...keys: readonly string[]): Problem[] =>
  keys
    .filter((key) => typeof extra[key] === 'string' && !isInside(extra[key]))
    .map((key) => problem(key, 'leads out of the job', "write a path as seen from the job's folder, without .."));

/** What becomes part of the name of an image must look as expected. */
export function unlike(
  extra: Extra,
  key: string,
  { pattern, what, example }: { pattern: RegExp; what: string; example: string },
): Problem[] {
  const given = extra[key];
  if (typeof given !== 'string' || pattern.test(given)) return [];
  return [problem(key, `there is no ${what} ${given}`, `write ${example}`)];
}

const problem = (key: string, message: string, suggestion: string): Problem => ({
  path: ['jobtype_extra', key],
  message,
  suggestion,
});

const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..');
