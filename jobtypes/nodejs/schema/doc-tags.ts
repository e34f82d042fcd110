/** Owns what doc comments say: descriptions, and the tags that are keywords of JSON Schema. */
import type { JSDocTagInfo, Signature, TypeChecker, Symbol as TypeSymbol } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { ts } from './compiler.ts';

type Keyword = (schema: JsonSchema, text: string) => JsonSchema;

const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const SIZES = {
  string: ['minLength', 'maxLength'],
  array: ['minItems', 'maxItems'],
  object: ['minProperties', 'maxProperties'],
};

/** What each tag does to a schema of the type that it fits; on others it is passed over. */
const LIMITS = new Map<string, Keyword>([
  ...NUMBERS.map((name) => [name, forTypes(['number', 'integer'], limit(name, Number.isFinite))] as const),
  [
    'multipleOf',
    forTypes(
      ['number', 'integer'],
      limit('multipleOf', (value) => Number.isFinite(value) && value > 0),
    ),
  ],
  ...Object.entries(SIZES).flatMap(([type, names]) =>
    names.map(
      (name) =>
        [
          name,
          forTypes(
            [type],
            limit(name, (value) => Number.isSafeInteger(value) && value >= 0),
          ),
        ] as const,
    ),
  ),
  ['uniqueItems', forTypes(['array'], (schema) => ({ ...schema, uniqueItems: true }))],
  ['pattern', forTypes(['string'], (schema, text) => (isPattern(text) ? { ...schema, pattern: text } : schema))],
  [
    'format',
    forTypes(['string', 'number', 'integer'], (schema, text) => (text === '' ? schema : { ...schema, format: text })),
  ],
  ['asType', forTypes(['number'], (schema, text) => (text === 'integer' ? { ...schema, type: 'integer' } : schema))],
]);

const NOTES = new Map<string, Keyword>([
  ['description', (schema, text) => (text === '' ? schema : { ...schema, description: text })],
  ['default', (schema, text) => withDefault(schema, tagValue(text, schema))],
  ['example', (schema, text) => withExample(schema, tagValue(text, schema))],
  ['deprecated', (schema) => ({ ...schema, deprecated: true })],
]);

/** The comment above a declaration, null when there is none. */
export function commentOf(declared: TypeSymbol | Signature | undefined, checker: TypeChecker): string | null {
  return ts.displayPartsToString(declared?.getDocumentationComment(checker)).trim() || null;
}

/** The schema with what the comment and the tags of a declaration say. */
export function described(schema: JsonSchema, declared: TypeSymbol, checker: TypeChecker): JsonSchema {
  const comment = commentOf(declared, checker);
  const tags = declared.getJsDocTags(checker);
  const result = withLimits(comment === null ? schema : { ...schema, description: comment }, tags);
  return apply(result, tags, NOTES);
}

/** The schema with the limits among the tags; limits of a union hold for each of its members that they fit. */
export function withLimits(schema: JsonSchema, tags: readonly JSDocTagInfo[]): JsonSchema {
  const choices = schema.anyOf;
  if (!Array.isArray(choices)) return apply(schema, tags, LIMITS);
  return { ...schema, anyOf: choices.map((choice: JsonSchema) => withLimits(choice, tags)) };
}

/** The schema with a default that JSON can show; null is the same as none. */
export function withDefault(schema: JsonSchema, value: unknown): JsonSchema {
  return value === undefined || value === null ? schema : { ...schema, default: value };
}

function withExample(schema: JsonSchema, value: unknown): JsonSchema {
  if (value === undefined) return schema;
  const earlier = Array.isArray(schema.examples) ? schema.examples : [];
  return { ...schema, examples: [...earlier, value] };
}

function apply(schema: JsonSchema, tags: readonly JSDocTagInfo[], keywords: ReadonlyMap<string, Keyword>): JsonSchema {
  return tags.reduce((result, tag) => keywords.get(tag.name)?.(result, textOf(tag)) ?? result, schema);
}

const textOf = (tag: JSDocTagInfo): string => ts.displayPartsToString(tag.text).trim();

function forTypes(types: readonly string[], keyword: Keyword): Keyword {
  return (schema, text) => (types.includes(schema.type as string) ? keyword(schema, text) : schema);
}

function limit(name: string, fits: (value: number) => boolean): Keyword {
  return (schema, text) => {
    const value = text === '' ? Number.NaN : Number(text);
    return fits(value) ? { ...schema, [name]: value } : schema;
  };
}

/** Validators compile patterns with the flag `u`. */
function isPattern(text: string): boolean {
  try {
    return text !== '' && new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** The tag's text as JSON; text that is none stands for itself where a string may be. */
function tagValue(text: string, schema: JsonSchema): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return mayBeText(schema) ? text.replace(/^'(.*)'$/s, '$1') : undefined;
  }
}

function mayBeText(schema: JsonSchema): boolean {
  const choices = Array.isArray(schema.anyOf) ? (schema.anyOf as JsonSchema[]) : [];
  return schema.type === undefined ? choices.length === 0 || choices.some(mayBeText) : schema.type === 'string';
}
