/**
 * Owns accepting what is plainly right: a body of an ordinary shape is looked at as bytes, in a part of the time that parsing it
 * would take. What it does not accept may still be right: ajv decides.
 */
import { isUtf8 } from 'node:buffer';
import type { JsonSchema } from '../protocol/messages.ts';
import { JsonCursor } from './json-cursor.ts';
import type { CheckPlan } from './plan.ts';
import {
  type Member,
  never,
  type Range,
  type Reader,
  readAny,
  readBoolean,
  readFirstOf,
  readList,
  readNull,
  readNumber,
  readNumberWithin,
  readObject,
  readOneOf,
  readText,
} from './readers.ts';
import { isObject } from './schema-survey.ts';

/** True when the text is JSON of the schema's shape for certain. */
export type Acceptor = (bytes: Buffer) => boolean;

type AcceptorPlan = Pick<CheckPlan, 'schemas' | 'foldsCase'>;

interface Making extends AcceptorPlan {
  /** Readers of shared schemas, those that are being made among them. */
  readonly shared: Map<string, Reader>;
}

const REFERENCE = '#/components/schemas/';
/** The required members are kept in the bits of a number. */
const MAX_REQUIRED = 31;
/** Words that check nothing. */
const ANNOTATIONS = new Set([
  ...['$comment', 'title', 'description', 'default', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly'],
  ...['contentMediaType', 'discriminator', 'xml', 'externalDocs'],
]);

/** The acceptor of a schema; undefined when it is too unusual. */
export function createAcceptor(schema: JsonSchema, { schemas, foldsCase }: AcceptorPlan): Acceptor | undefined {
  const read = readerOf(schema, { schemas, foldsCase, shared: new Map() });
  if (read === never) return undefined;
  const cursor = new JsonCursor();
  return (bytes) => {
    cursor.reset(bytes);
    return read(cursor) && cursor.ended && (!cursor.foreign || isUtf8(bytes));
  };
}

/** `never` for a schema with any word that is not dealt with here. */
function readerOf(schema: unknown, making: Making): Reader {
  if (schema === true) return readAny;
  if (!isObject(schema)) return never;
  if (Array.isArray(schema.type)) return readFirstOf(schema.type.map((type) => readerOf({ ...schema, type }, making)));
  const words = Object.keys(schema).filter((word) => !ANNOTATIONS.has(word) && !word.startsWith('x-'));
  const make = MAKERS.find((maker) => maker.takes(schema) && words.every((word) => maker.words.includes(word)));
  return make ? make.reader(schema, making) : never;
}

interface Maker {
  readonly words: readonly string[];
  takes(schema: JsonSchema): boolean;
  reader(schema: JsonSchema, making: Making): Reader;
}

const ofType = (type: string) => (schema: JsonSchema) => schema.type === type;

const MAKERS: readonly Maker[] = [
  { words: [], takes: () => true, reader: () => readAny },
  { words: ['$ref'], takes: ({ $ref }) => typeof $ref === 'string', reader: sharedReader },
  { words: ['type', 'enum'], takes: (schema) => Array.isArray(schema.enum), reader: valuesReader },
  { words: ['type', 'const'], takes: (schema) => 'const' in schema, reader: valuesReader },
  {
    words: ['anyOf'],
    takes: ({ anyOf }) => Array.isArray(anyOf),
    reader: ({ anyOf }, making) => readFirstOf((anyOf as unknown[]).map((each) => readerOf(each, making))),
  },
  {
    words: ['allOf'],
    takes: ({ allOf }) => Array.isArray(allOf) && allOf.length === 1,
    reader: ({ allOf }, making) => readerOf((allOf as unknown[])[0], making),
  },
  { words: ['type'], takes: ofType('boolean'), reader: () => readBoolean },
  { words: ['type'], takes: ofType('null'), reader: () => readNull },
  {
    words: ['type', 'minLength', 'maxLength'],
    takes: ofType('string'),
    reader: ({ minLength, maxLength }) => readText(rangeOf(minLength, maxLength)),
  },
  {
    words: ['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
    takes: ({ type }) => type === 'integer' || type === 'number',
    reader: numberReader,
  },
  {
    words: ['type', 'items', 'minItems', 'maxItems'],
    takes: ofType('array'),
    reader: ({ items = true, minItems, maxItems }, making) =>
      readList(readerOf(items, making), rangeOf(minItems, maxItems)),
  },
  { words: ['type', 'properties', 'required', 'additionalProperties'], takes: ofType('object'), reader: objectReader },
];

const rangeOf = (least: unknown, most: unknown): Range => ({
  least: Number(least ?? 0),
  most: Number(most ?? Number.POSITIVE_INFINITY),
});

/** A type may contain itself: its reader is looked up when it is used. */
function sharedReader({ $ref }: JsonSchema, making: Making): Reader {
  const name = String($ref).startsWith(REFERENCE) ? String($ref).slice(REFERENCE.length) : '';
  if (!Object.hasOwn(making.schemas, name)) return never;
  if (!making.shared.has(name)) {
    making.shared.set(name, never);
    making.shared.set(name, readerOf(making.schemas[name], making));
  }
  return (cursor) => (making.shared.get(name) as Reader)(cursor);
}

/** Texts, numbers, truth values and null; `written` as programs write them. */
function valuesReader(schema: JsonSchema): Reader {
  const { type } = schema;
  const values = Array.isArray(schema.enum) ? schema.enum : [schema.const];
  const fits = (value: unknown) =>
    type === undefined || type === typeOf(value) || (type === 'integer' && Number.isInteger(value));
  return readOneOf(new Set(values.filter(fits).map((value) => JSON.stringify(value))));
}

const typeOf = (value: unknown): string => (value === null ? 'null' : typeof value);

function numberReader({ type, ...limits }: JsonSchema): Reader {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = limits;
  const whole = type === 'integer';
  if ([minimum, maximum, exclusiveMinimum, exclusiveMaximum].every((limit) => limit === undefined))
    return readNumber(whole);
  const least = Number(minimum ?? Number.NEGATIVE_INFINITY);
  const most = Number(maximum ?? Number.POSITIVE_INFINITY);
  const above = Number(exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
  const below = Number(exclusiveMaximum ?? Number.POSITIVE_INFINITY);
  return readNumberWithin(whole, (value) => value >= least && value <= most && value > above && value < below);
}

function objectReader(schema: JsonSchema, making: Making): Reader {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  if (!isObject(properties) || !Array.isArray(required) || required.length > MAX_REQUIRED) return never;
  if (required.some((name) => !Object.hasOwn(properties, name))) return never;
  const members = Object.entries(properties).map(([name, part]): Member => {
    const place = required.indexOf(name);
    return { name, read: readerOf(part, making), bit: place < 0 ? 0 : 1 << place };
  });
  const hasRivals = making.foldsCase && members.length > 0;
  return readObject(members, hasRivals ? never : readerOf(additionalProperties, making));
}
