/** Owns the ajv that compiles schemas here: its options, and the keywords that it has beside its own. */
import { _, Ajv2020, type ErrorObject, type KeywordCxt, Name } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { budget } from './budget.ts';
import { exactNames, isBase64, isDateTime, isUnique } from './keywords.ts';
import { costedRegExp } from './patterns.ts';
import { MAX_ROWS } from './rows.ts';
import type { Survey } from './schema-survey.ts';

/** Counts what a check does, and ends it when there are enough mistakes. */
export const STEP = 'racetrack:step';
/** The names of which no other may differ in the case of its letters only. */
export const EXACT_NAMES = 'racetrack:exactNames';
/** Words of OpenAPI that describe, and check nothing. */
const ANNOTATIONS = ['example', 'discriminator', 'xml', 'externalDocs'];
/** How the code that ajv generates calls its errors. */
const ERRORS = { count: new Name('errors'), list: new Name('vErrors') };

/** Thrown out of a check when the list of mistakes is long enough. */
export class Enough {
  readonly errors: readonly ErrorObject[];

  constructor(errors: readonly ErrorObject[]) {
    this.errors = errors;
  }
}

/** An ajv for the schemas that were surveyed; `allErrors` lists the mistakes instead of stopping at the first. */
export function createAjv(survey: Survey, allErrors: boolean): Ajv2020 {
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
  ajv.addKeyword({ keyword: EXACT_NAMES, type: 'object', compile: exactNames });
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
