/** Owns checking values with the schemas that a job brings: any Standard Schema. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ErrorRow } from '../../../wrapper/validation/verdict.ts';
import { encode } from './encode.ts';
import { Unprocessable } from './failures.ts';

const MAX_ECHO = 1000;

type Result = StandardSchemaV1.Result<unknown>;
type Issue = StandardSchemaV1.Issue & { readonly code?: unknown };

/** What the function returned does not fit the schema that the job declares for it. */
class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Whether a value is a schema of any library that follows the standard. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  const standard = (value as { '~standard'?: { validate?: unknown } } | null | undefined)?.['~standard'];
  return typeof standard?.validate === 'function';
}

/** The part of a request that a member of the input came from. */
export type PlaceOf = (member: string | number | undefined) => string;

/** The converted input, at once or later; Unprocessable with a row for each mistake. */
export function checkInput(schema: StandardSchemaV1, input: unknown, placeOf: PlaceOf): unknown {
  return settle(schema['~standard'].validate(input), (issues) => {
    throw new Unprocessable(issues.map((issue) => mistakeOf(issue, input, placeOf)));
  });
}

/** The converted output, at once or later; OutputError when it does not fit. */
export function checkOutput(schema: StandardSchemaV1, output: unknown): unknown {
  return settle(schema['~standard'].validate(output), (issues) => {
    const texts = issues.map((issue) => `${keysOf(issue).join('.') || 'the result'}: ${issue.message}`);
    throw new OutputError(`the result does not fit the declared output: ${texts.join('; ')}`);
  });
}

function settle(result: Result | Promise<Result>, refuse: (issues: readonly Issue[]) => never): unknown {
  const read = (settled: Result) => (settled.issues ? refuse(settled.issues) : settled.value);
  return result instanceof Promise ? result.then(read) : read(result);
}

function mistakeOf(issue: Issue, input: unknown, placeOf: PlaceOf): ErrorRow {
  const keys = keysOf(issue);
  const { found, value } = follow(input, keys);
  const loc = [placeOf(keys[0]), ...keys];
  const pointer = keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const type = found ? (typeof issue.code === 'string' ? issue.code : 'value_error') : 'missing';
  return { type, loc, msg: found ? issue.message : 'Field required', ...echoOf(value), pointer };
}

/** What is long is not sent back. */
export function echoOf(input: unknown): { input?: unknown } {
  return encode(input).length > MAX_ECHO ? {} : { input };
}

const keysOf = ({ path = [] }: Issue): (string | number)[] =>
  path.map((part) => {
    const key = typeof part === 'object' ? part.key : part;
    return typeof key === 'number' ? key : String(key);
  });

/** The value at a path; where a member is missing, what should hold it. */
function follow(input: unknown, keys: readonly (string | number)[]): { found: boolean; value: unknown } {
  let value = input;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return { found: false, value };
    value = (value as Record<string | number, unknown>)[key];
  }
  return { found: true, value };
}
