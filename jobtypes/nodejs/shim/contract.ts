/** Owns the JSON Schemas of a job's own schemas, in the form that every language shares (docs/contract.md). */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema, ParameterInfo, RequestParameter } from '../../../wrapper/protocol/messages.ts';
import { isRecord } from './examples.ts';

const SHARED = '#/components/schemas/';
/** Limits that only say that a number is a whole one that JavaScript knows exactly. */
const SAFE = new Set<unknown>([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

type Shared = Record<string, JsonSchema>;
type Direction = 'input' | 'output';

/** For zod: types that JSON Schema has no word for are written as the JSON that they come from. */
const LIBRARY_OPTIONS = {
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }: { zodSchema: { _zod: { def: { type: string } } }; jsonSchema: JsonSchema }) => {
    const { type } = zodSchema._zod.def;
    if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    if (type === 'bigint') jsonSchema.type = 'integer';
  },
};

/**
 * The JSON Schema of a schema whose library can tell it (the Standard JSON Schema interface), null for any other.
 * Named parts go to `shared`.
 */
export function jsonSchemaOf(
  schema: StandardSchemaV1 | undefined,
  direction: Direction,
  shared: Shared,
): JsonSchema | null {
  const standard = schema?.['~standard'] as Partial<StandardJSONSchemaV1.Props> | undefined;
  const convert = standard?.jsonSchema?.[direction];
  if (convert === undefined) return null;
  try {
    const whole = convert({ target: 'draft-2020-12', libraryOptions: LIBRARY_OPTIONS }) as JsonSchema;
    const { $schema: _, $defs, ...root } = whole;
    for (const [name, part] of Object.entries(isRecord($defs) ? $defs : {})) {
      shared[name] = { title: name, ...(normalise(part, direction) as JsonSchema) };
    }
    return normalise(root, direction) as JsonSchema;
  } catch {
    return null; // the documentation does without; the schema still checks
  }
}

/** Members of an object's schema as rows of `/parameters`. */
export function parametersOf(schema: JsonSchema | null): ParameterInfo[] {
  return Object.entries(propertiesOf(schema)).map(([name, member]) => ({
    name,
    ...('default' in member && { default_value: member.default }),
    type: typeof member.type === 'string' ? member.type : null,
  }));
}

/** Members of an object's schema as parameters of the address. */
export function requestParametersOf(schema: JsonSchema | null, path: string): RequestParameter[] {
  const required = Array.isArray(schema?.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).map(([name, { description, ...member }]) => {
    const inPath = new RegExp(`\\{${name}(:\\w+)?\\}`).test(path);
    return {
      name,
      in: inPath ? 'path' : 'query',
      required: inPath || required.includes(name),
      schema: member,
      ...(typeof description === 'string' && { description }),
    };
  });
}

/** Whether a member is a file: the input then has to be a form. */
export const hasFiles = (schema: JsonSchema | null): boolean =>
  Object.values(propertiesOf(schema)).some(isFile) ||
  Object.values(propertiesOf(schema)).some(({ items }) => isRecord(items) && isFile(items));

/** The one member that is a file; undefined when there are several, or none that is a single one. */
export function fileMemberOf(schema: JsonSchema | null): string | undefined {
  const files = Object.entries(propertiesOf(schema)).filter(([, member]) => hasFiles({ properties: { member } }));
  return files.length === 1 && files[0]?.[1].items === undefined ? files[0]?.[0] : undefined;
}

export const isFile = ({ contentMediaType, contentEncoding }: JsonSchema): boolean =>
  contentMediaType === 'application/octet-stream' && contentEncoding === undefined;

/** The members of an object's schema. */
export const propertiesOf = (schema: JsonSchema | null): Record<string, JsonSchema> =>
  isRecord(schema?.properties) ? (schema.properties as Record<string, JsonSchema>) : {};

function normalise(value: unknown, direction: Direction): unknown {
  if (Array.isArray(value)) return value.map((item) => normalise(item, direction));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, part]) => {
    if (key === 'properties' && isRecord(part)) {
      return [
        [key, Object.fromEntries(Object.entries(part).map(([name, each]) => [name, normalise(each, direction)]))],
      ];
    }
    if (LITERAL.has(key)) return [[key, part]];
    return isNoise(key, part, value, direction) ? [] : [[key, normalise(part, direction)]];
  });
  return reshape(mayBeLeftOut(Object.fromEntries(entries) as JsonSchema));
}

/** A member with a default is required nowhere: of an answer, libraries say that it always is there. */
function mayBeLeftOut(schema: JsonSchema): JsonSchema {
  const { required, ...rest } = schema;
  if (!Array.isArray(required)) return schema;
  const needed = required.filter((name) => !('default' in (propertiesOf(schema)[name] ?? {})));
  return needed.length > 0 ? { ...rest, required: needed } : rest;
}

/** Their values are no schemas. */
const LITERAL = new Set(['const', 'enum', 'default', 'examples', 'required']);

/** What a library says beyond the contract. */
function isNoise(key: string, part: unknown, { type, format }: JsonSchema, direction: Direction): boolean {
  switch (key) {
    case 'minimum':
    case 'maximum':
      return type === 'integer' && SAFE.has(part);
    case 'pattern':
      return format !== undefined;
    case 'items':
      return part === false;
    case 'propertyNames':
      return true;
    case 'additionalProperties':
      return part === false && direction === 'output';
    default:
      return false;
  }
}

function reshape(schema: JsonSchema): JsonSchema {
  const { type, $ref, format, contentEncoding, ...rest } = schema;
  if (typeof $ref === 'string') return { ...schema, $ref: $ref.replace('#/$defs/', SHARED) };
  if (format === 'binary' && contentEncoding === 'binary') {
    return { type: 'string', contentMediaType: 'application/octet-stream', ...rest };
  }
  if (Array.isArray(type)) return eitherOf(type, { ...schema, type: undefined });
  return schema;
}

/** `{"type": ["string", "null"]}` is written as the choice that it is. */
function eitherOf(
  types: readonly unknown[],
  { type: _, title, description, default: given, ...limits }: JsonSchema,
): JsonSchema {
  const [first, ...others] = types;
  const about = Object.entries({ title, description, default: given }).filter(([, value]) => value !== undefined);
  return { anyOf: [{ type: first, ...limits }, ...others.map((type) => ({ type }))], ...Object.fromEntries(about) };
}
