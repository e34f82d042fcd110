/** Owns going through a schema before it is compiled: its limits, and what it says beyond JSON Schema's own words. */
import type { JsonSchema } from '../protocol/messages.ts';

/** Far more than people write, and compiled within a second. */
const MAX_SUBSCHEMAS = 10_000;
const MAX_SCHEMA_DEPTH = 100;

/** Keywords whose value is a schema, a list of schemas, or schemas by name. Of all others the value is data. */
const ONE = [
  'items',
  'additionalItems',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'not',
  'if',
  'then',
  'else',
];
const LIST = ['prefixItems', 'anyOf', 'oneOf', 'allOf'];
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** Those of them that may apply to any number of places of one body. */
const REPEATED = new Set(['items', 'contains', 'additionalProperties', 'propertyNames', 'patternProperties']);

class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused';
}

/** What was met in the schemas gone through. */
export interface Survey {
  subschemas: number;
  readonly formats: Set<string>;
  readonly keywords: Set<string>;
  /** Whether a member is called like something that every JavaScript object has. */
  inheritedNames: boolean;
}

export const emptySurvey = (): Survey => ({
  subschemas: 0,
  formats: new Set(),
  keywords: new Set(),
  inheritedNames: false,
});

/** Makes a subschema ready; `repeated` when it may apply to any number of places of one body. */
export type Change = (schema: JsonSchema, repeated: boolean) => JsonSchema;

/** The schema with every subschema changed, noted in the survey; throws {@link SchemaRefused} beyond the limits. */
export function goThrough(schema: unknown, survey: Survey, change: Change): unknown {
  return visit(schema, { survey, change, depth: 0, repeated: false });
}

interface Visit {
  readonly survey: Survey;
  readonly change: Change;
  readonly depth: number;
  readonly repeated: boolean;
}

function visit(schema: unknown, here: Visit): unknown {
  if (!isObject(schema)) return schema;
  const { survey, depth, change, repeated } = here;
  survey.subschemas += 1;
  if (survey.subschemas > MAX_SUBSCHEMAS) throw new SchemaRefused(`it has more than ${MAX_SUBSCHEMAS} parts`);
  if (depth > MAX_SCHEMA_DEPTH) throw new SchemaRefused(`it is nested more than ${MAX_SCHEMA_DEPTH} levels deep`);
  const copy: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    survey.keywords.add(keyword);
    copy[keyword] = visitValue(keyword, value, { ...here, depth: depth + 1, repeated: REPEATED.has(keyword) });
  }
  if (typeof schema.format === 'string') survey.formats.add(schema.format);
  if (isObject(schema.properties) && Object.keys(schema.properties).some((name) => name in Object.prototype))
    survey.inheritedNames = true;
  return change(copy, repeated);
}

function visitValue(keyword: string, value: unknown, below: Visit): unknown {
  if (ONE.includes(keyword)) return visit(value, below);
  if (LIST.includes(keyword) && Array.isArray(value)) return value.map((item) => visit(item, below));
  if (NAMED.includes(keyword) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, below)]));
  return value;
}

export const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
