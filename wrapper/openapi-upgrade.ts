/** Owns turning an OpenAPI 3.0 document into one of 3.1, as far as schemas are concerned: the rest is the same. */
import type { ProgramDocument } from './upstream/program-document.ts';

type Json = { readonly [key: string]: unknown };

/** The document itself when it is of 3.1 already. */
export function modernSchemas(document: ProgramDocument): ProgramDocument {
  return document.openapi.startsWith('3.0') ? (upgrade(document) as ProgramDocument) : document;
}

function upgrade(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(upgrade);
  if (typeof value !== 'object' || value === null) return value;
  // Examples are data, whatever their members are called.
  const entries = Object.entries(value).map(([key, item]) => [key, DATA.has(key) ? item : upgrade(item)] as const);
  return modern(Object.fromEntries(entries));
}

const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);

function modern(schema: Json): Json {
  let changed = schema;
  for (const side of ['Minimum', 'Maximum']) {
    const flag = changed[`exclusive${side}`];
    if (typeof flag !== 'boolean') continue;
    const { [`exclusive${side}`]: _flag, [side.toLowerCase()]: limit, ...others } = changed;
    const keyword = flag ? `exclusive${side}` : side.toLowerCase();
    changed = limit === undefined ? others : { ...others, [keyword]: limit };
  }
  return typeof changed.nullable === 'boolean' ? withNull(changed) : changed;
}

function withNull({ nullable, ...schema }: Json): Json {
  if (!nullable) return schema;
  if (typeof schema.type === 'string') {
    const { enum: values } = schema;
    return {
      ...schema,
      type: [schema.type, 'null'],
      ...(Array.isArray(values) && !values.includes(null) && { enum: [...values, null] }),
    };
  }
  const { title, description, ...rest } = schema;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    anyOf: [rest, { type: 'null' }],
  };
}
