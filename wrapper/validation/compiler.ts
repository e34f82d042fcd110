/** Owns compiling schemas with ajv: a check that only says yes or no, and one that lists the mistakes. */
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../protocol/messages.ts';
import { createAjv, Enough, EXACT_NAMES, STEP } from './ajv.ts';
import type { CheckPlan, PartName } from './plan.ts';
import { rowsOf } from './rows.ts';
import { emptySurvey, goThrough, isObject } from './schema-survey.ts';
import type { ErrorRow } from './verdict.ts';

/** The mistakes of a value; undefined when there are none. Throws TooCostly, and RangeError for what is nested too deeply. */
export type ValueCheck = (value: unknown) => readonly ErrorRow[] | undefined;

export interface Compiled {
  /** By name of the part. */
  readonly checks: ReadonlyMap<PartName, ValueCheck>;
  /** Parts whose schemas cannot be used, and why. */
  readonly refused: ReadonlyMap<PartName, string>;
}

const ROOT = 'racetrack:job';

/** Compiles every part; between two of them others get their turn, as each takes some milliseconds. */
export async function compileChecks(plan: CheckPlan): Promise<Compiled> {
  const checks = new Map<PartName, ValueCheck>();
  const refused = new Map<PartName, string>();
  for (const part of plan.parts) {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      checks.set(part.name, compileCheck(part.schema, plan));
    } catch (error) {
      refused.set(part.name, error instanceof Error ? error.message : String(error));
    }
  }
  return { checks, refused };
}

/**
 * Two checks, as listing every mistake of a hostile body may cost any amount of memory: the first stops at the first mistake,
 * the second is asked only then, and stops when there are enough.
 */
function compileCheck(schema: JsonSchema, plan: CheckPlan): ValueCheck {
  const accepts = compile(schema, { ...plan, allErrors: false });
  const lists = compile(schema, { ...plan, allErrors: true });
  return (value) => (accepts(value) ? undefined : rowsOf(errorsOf(lists, value), value));
}

function errorsOf(lists: ValidateFunction, value: unknown): readonly ErrorObject[] {
  try {
    lists(value);
    return lists.errors ?? [];
  } catch (error) {
    if (error instanceof Enough) return error.errors;
    throw error;
  }
}

interface Compilation extends Pick<CheckPlan, 'schemas' | 'foldsCase'> {
  readonly allErrors: boolean;
}

function compile(schema: JsonSchema, compilation: Compilation): ValidateFunction {
  const survey = emptySurvey();
  const change = (part: JsonSchema, repeated: boolean) => prepared(part, { ...compilation, repeated });
  const root = goThrough(schema, survey, change) as JsonSchema;
  const shared = Object.entries(compilation.schemas).map(([name, each]) => {
    const part = goThrough(each, survey, change) as JsonSchema;
    return [name, { ...part, [STEP]: true }];
  });
  const ajv = createAjv(survey, compilation.allErrors);
  return ajv.compile({ ...root, $id: ROOT, components: { schemas: Object.fromEntries(shared) } });
}

/** Places that a body may have any number of count their steps; one that must not be there gets a schema of its own, to count, too. */
function prepared(
  schema: JsonSchema,
  { repeated, foldsCase, allErrors }: Compilation & { repeated: boolean },
): JsonSchema {
  const changed: JsonSchema = repeated && allErrors ? { ...schema, [STEP]: true } : schema;
  if (foldsCase && isObject(schema.properties)) changed[EXACT_NAMES] = Object.keys(schema.properties);
  if (!allErrors) return changed;
  for (const keyword of ['additionalProperties', 'unevaluatedProperties', 'items', 'unevaluatedItems']) {
    if (changed[keyword] === false) changed[keyword] = { not: {}, [STEP]: true };
  }
  return changed;
}
