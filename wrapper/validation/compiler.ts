/** Owns compiling schemas with ajv: a check that only says yes or no, and one that lists the mistakes. */
import { _, Ajv2020, type ErrorObject, type KeywordCxt, Name, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { JsonSchema } from '../protocol/messages.ts';
import { budget } from './budget.ts';
import { isBase64, isDateTime, isUnique } from './keywords.ts';
import { costedRegExp } from './patterns.ts';
import type { CheckPlan, PartName } from './plan.ts';
import { MAX_ROWS, rowsOf } from './rows.ts';
import { emptySurvey, goThrough, type Survey } from './schema-survey.ts';
import type { ErrorRow } from './verdict.ts';

/** The mistakes of a value; undefined when there are none. Throws TooCostly, and RangeError for what is nested too deeply. */
export type ValueCheck = (value: unknown) => readonly ErrorRow[] | undefined;

export interface Compiled {
  /** By name of the part. */
  readonly checks: ReadonlyMap<PartName, ValueCheck>;
  /** Parts whose schemas cannot be used, and why. */
  readonly refused: ReadonlyMap<PartName, string>;
}

/** Keyword that counts what a check does; not part of any schema that people write. */
const STEP = 'racetrack:step';
const ROOT = 'racetrack:job';
/** Words of OpenAPI that describe, and check nothing. */
const ANNOTATIONS = ['example', 'discriminator', 'xml', 'externalDocs'];

/** How the code that ajv generates calls its errors. */
const ERRORS = { count: new Name('errors'), list: new Name('vErrors') };

/** The list of mistakes is long enough: the check ends here. */
class Enough {
  readonly errors: readonly ErrorObject[];

  constructor(errors: readonly ErrorObject[]) {
    this.errors = errors;
  }
}

/** Compiles every part; between two of them others get their turn, as each takes some milliseconds. */
export async function compileChecks(plan: CheckPlan): Promise<Compiled> {
  const checks = new Map<PartName, ValueCheck>();
  const refused = new Map<PartName, string>();
  for (const part of plan.parts) {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      checks.set(part.name, compileCheck(part.schema, plan.schemas));
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
function compileCheck(schema: JsonSchema, schemas: CheckPlan['schemas']): ValueCheck {
  const accepts = compile({ schema, schemas, allErrors: false });
  const lists = compile({ schema, schemas, allErrors: true });
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

function compile(given: { schema: JsonSchema; schemas: CheckPlan['schemas']; allErrors: boolean }): ValidateFunction {
  const { schema, schemas, allErrors } = given;
  const survey = emptySurvey();
  const change = (part: JsonSchema, repeated: boolean) => counted(part, { repeated, allErrors });
  const root = goThrough(schema, survey, change) as JsonSchema;
  const shared = Object.entries(schemas).map(([name, each]) => {
    const part = goThrough(each, survey, change) as JsonSchema;
    return [name, { ...part, [STEP]: true }];
  });
  const ajv = createAjv(survey, allErrors);
  return ajv.compile({ ...root, $id: ROOT, components: { schemas: Object.fromEntries(shared) } });
}

/** Places that a body may have any number of count their steps; one that must not be there gets a schema of its own, to count, too. */
function counted(schema: JsonSchema, { repeated, allErrors }: { repeated: boolean; allErrors: boolean }): JsonSchema {
  const changed = repeated && allErrors ? { ...schema, [STEP]: true } : schema;
  if (!allErrors) return changed;
  for (const keyword of ['additionalProperties', 'unevaluatedProperties', 'items', 'unevaluatedItems']) {
    if (changed[keyword] === false) changed[keyword] = { not: {}, [STEP]: true };
  }
  return changed;
}

function createAjv(survey: Survey, allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    verbose: allErrors,
    // Unknown words and formats are mistakes; how types and limits are combined is the author's own taste.
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: survey.inheritedNames,
    validateSchema: false,
    code: { regExp: costedRegExp },
    logger: false,
  });
  ajvFormats.default(ajv);
  const { validate } = ajv.formats['date-time'] as { validate: (text: string) => boolean };
  ajv.addFormat('date-time', (text: string) => isDateTime(text) && validate(text));
  for (const format of survey.formats) if (!Object.hasOwn(ajv.formats, format)) ajv.addFormat(format, true);
  for (const keyword of survey.keywords) if (keyword.startsWith('x-')) ajv.addKeyword(keyword);
  for (const keyword of [...ANNOTATIONS, 'components']) if (!ajv.getKeyword(keyword)) ajv.addKeyword(keyword);
  ajv.removeKeyword('contentEncoding').addKeyword({ keyword: 'contentEncoding', type: 'string', validate: isBase64 });
  ajv.removeKeyword('uniqueItems').addKeyword({ keyword: 'uniqueItems', type: 'array', validate: isUnique });
  ajv.addKeyword({ keyword: STEP, schemaType: 'boolean', code: (context) => countStep(context, allErrors) });
  return ajv;
}

/** Generates the counting: a decrement and a comparison where it is compiled in. */
function countStep({ gen }: KeywordCxt, allErrors: boolean): void {
  const shared = gen.scopeValue('obj', { ref: budget });
  gen.if(_`--${shared}.left < 0`, () => gen.code(_`${shared}.spend(0)`));
  if (!allErrors) return;
  const enough = gen.scopeValue('obj', { ref: Enough });
  gen.if(_`${ERRORS.count} > ${MAX_ROWS}`, () => gen.throw(_`new ${enough}(${ERRORS.list})`));
}
