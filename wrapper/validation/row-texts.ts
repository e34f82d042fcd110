/** Owns the words of the rows: the types and messages of pydantic where it has them, else those of JSON Schema. */
import type { ErrorObject } from 'ajv/dist/2020.js';

export interface Description {
  readonly type: string;
  readonly msg: string;
  readonly ctx?: { readonly [name: string]: unknown };
  /** The member that is missing. */
  readonly member?: string;
}

type Params = Readonly<Record<string, unknown>>;

/** By type of JSON Schema: pydantic's name of the mistake, and what should be there. */
const TYPES: Readonly<Record<string, readonly [type: string, wanted: string]>> = {
  string: ['string_type', 'a valid string'],
  integer: ['int_type', 'a valid integer'],
  number: ['float_type', 'a valid number'],
  boolean: ['bool_type', 'a valid boolean'],
  array: ['list_type', 'a valid list'],
  object: ['dict_type', 'a valid dictionary'],
  null: ['none_required', 'null'],
};

/** Formats that pydantic has a name for, and what should be there. */
const FORMATS: Readonly<Record<string, readonly [type: string, wanted: string]>> = {
  'date-time': ['datetime_parsing', 'a valid datetime with its offset from UTC'],
  date: ['date_parsing', 'a valid date'],
  time: ['time_parsing', 'a valid time'],
  duration: ['time_delta_parsing', 'a valid duration'],
  uuid: ['uuid_parsing', 'a valid UUID'],
  uri: ['url_parsing', 'a valid URL'],
};

const COMPARISONS: Readonly<Record<string, readonly [type: string, name: string, words: string]>> = {
  minimum: ['greater_than_equal', 'ge', 'greater than or equal to'],
  exclusiveMinimum: ['greater_than', 'gt', 'greater than'],
  maximum: ['less_than_equal', 'le', 'less than or equal to'],
  exclusiveMaximum: ['less_than', 'lt', 'less than'],
};

/** Sizes: pydantic's name, that of the limit, and of what is counted. */
const SIZES: Readonly<Record<string, readonly [type: string, name: string, subject: string, unit: string]>> = {
  minLength: ['string_too_short', 'min_length', 'String', 'character'],
  maxLength: ['string_too_long', 'max_length', 'String', 'character'],
  minItems: ['too_short', 'min_length', 'List', 'item'],
  maxItems: ['too_long', 'max_length', 'List', 'item'],
  minProperties: ['too_short', 'min_length', 'Dictionary', 'item'],
  maxProperties: ['too_long', 'max_length', 'Dictionary', 'item'],
};

/** Those that need no table. */
const SINGLE: Readonly<Record<string, (params: Params, error: ErrorObject) => Description>> = {
  type: ({ type }, { data }) => typeMistake(type as string | string[], data),
  required: ({ missingProperty }) => ({ type: 'missing', msg: 'Field required', member: String(missingProperty) }),
  multipleOf: ({ multipleOf }) => ({
    type: 'multiple_of',
    msg: `Input should be a multiple of ${multipleOf}`,
    ctx: { multiple_of: multipleOf },
  }),
  pattern: ({ pattern }) => ({
    type: 'string_pattern_mismatch',
    msg: `String should match pattern '${pattern}'`,
    ctx: { pattern },
  }),
  enum: ({ allowedValues }) => oneOf('enum', allowedValues as unknown[]),
  const: ({ allowedValue }) => oneOf('literal_error', [allowedValue]),
  format: ({ format }) => formatMistake(String(format)),
  contentEncoding: () => ({ type: 'base64_decode', msg: 'Input should be valid base64' }),
  'racetrack:exactNames': () => ({
    type: 'extra_forbidden',
    msg: 'A name differs from a known one only in the case of its letters',
  }),
  uniqueItems: () => ({ type: 'uniqueItems', msg: 'Items should be unique' }),
  anyOf: () => ({ type: 'anyOf', msg: 'Input should have one of the allowed forms' }),
  oneOf: ({ passingSchemas }) => ({
    type: 'oneOf',
    msg: `Input should have ${passingSchemas ? 'only ' : ''}one of the allowed forms`,
  }),
};

export function describeError(error: ErrorObject): Description {
  const { keyword, params, schemaPath } = error;
  // What must not be there at all, see `counted` in compiler.ts.
  if (keyword === 'not' && /\/(additional|unevaluated)Properties\/not$/.test(schemaPath))
    return { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' };
  if (keyword === 'not' && /\/(items|unevaluatedItems)\/not$/.test(schemaPath))
    return { type: 'too_long', msg: 'List has too many items' };
  const single = SINGLE[keyword];
  if (single) return single(params, error);
  const comparison = COMPARISONS[keyword];
  if (comparison) {
    const [type, name, words] = comparison;
    return { type, msg: `Input should be ${words} ${params.limit}`, ctx: { [name]: params.limit } };
  }
  return SIZES[keyword] ? sizeMistake(SIZES[keyword], params) : { type: keyword, msg: `Input ${error.message}` };
}

function typeMistake(wanted: string | string[], data: unknown): Description {
  const types = [wanted].flat();
  const [only = '', ...others] = types;
  if (only === 'integer' && others.length === 0 && typeof data === 'number') {
    const msg = 'Input should be a valid integer, got a number with a fractional part';
    return { type: 'int_from_float', msg };
  }
  const words = types.map((type) => TYPES[type]?.[1] ?? type);
  return {
    type: others.length === 0 ? (TYPES[only]?.[0] ?? 'type') : 'type',
    msg: `Input should be ${listing(words)}`,
  };
}

function formatMistake(format: string): Description {
  const known = FORMATS[format];
  return known
    ? { type: known[0], msg: `Input should be ${known[1]}` }
    : { type: 'format', msg: `Input should have the format ${format}`, ctx: { format } };
}

function sizeMistake(
  [type, name, subject, unit]: readonly [string, string, string, string],
  { limit }: Params,
): Description {
  const bound = name === 'min_length' ? 'at least' : 'at most';
  const msg = `${subject} should have ${bound} ${limit} ${unit}${limit === 1 ? '' : 's'}`;
  return { type, msg, ctx: { [name]: limit } };
}

function oneOf(type: string, values: readonly unknown[]): Description {
  const expected = listing(values.map((value) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value))));
  return { type, msg: `Input should be ${expected}`, ctx: { expected } };
}

/** `a`, `a or b`, `a, b or c`. */
const listing = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
