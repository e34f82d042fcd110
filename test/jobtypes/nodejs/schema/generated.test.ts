/** Checks generated types: each comes with the schema that it has to become, and a value that fits. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonSchema } from '../../../../wrapper/protocol/messages.ts';
import { schemasOfTypes } from './describing.ts';

interface Generated {
  readonly text: string;
  readonly schema: JsonSchema;
  readonly value: unknown;
}

const leaf = fc.constantFrom<Generated>(
  { text: 'string', schema: { type: 'string' }, value: 'x' },
  { text: 'number', schema: { type: 'number' }, value: 1.5 },
  { text: 'boolean', schema: { type: 'boolean' }, value: true },
  { text: 'bigint', schema: { type: 'integer' }, value: 7 },
  { text: 'unknown', schema: {}, value: [null] },
  { text: "'a' | 'b'", schema: { enum: ['a', 'b'], type: 'string' }, value: 'b' },
  { text: '3', schema: { const: 3, type: 'integer' }, value: 3 },
  { text: 'Uint8Array', schema: { type: 'string', contentEncoding: 'base64' }, value: 'eA==' },
);

const NAME = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'with space', 'ü');

/** A member that may be left out has no value here. */
interface GeneratedMember {
  readonly name: string;
  readonly type: Generated;
  readonly optional: boolean;
}

function objectOf(members: readonly GeneratedMember[]): Generated {
  const required = members.filter(({ optional }) => !optional);
  return {
    text: `{ ${members.map(({ name, type, optional }) => `[${JSON.stringify(name)}]${optional ? '?' : ''}: ${type.text}`).join('; ')} }`,
    schema: {
      type: 'object',
      properties: Object.fromEntries(members.map(({ name, type }) => [name, type.schema])),
      ...(required.length > 0 && { required: required.map(({ name }) => name) }),
    },
    value: Object.fromEntries(required.map(({ name, type }) => [name, type.value])),
  };
}

const { type: anyType } = fc.letrec<{
  type: Generated;
  list: Generated;
  tuple: Generated;
  map: Generated;
  nullable: Generated;
  object: Generated;
}>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'type' },
    leaf,
    tie('list'),
    tie('tuple'),
    tie('map'),
    tie('nullable'),
    tie('object'),
  ),
  list: tie('type').map(({ text, schema, value }) => ({
    text: `(${text})[]`,
    schema: { type: 'array', items: schema },
    value: [value, value],
  })),
  tuple: fc.array(tie('type'), { minLength: 1, maxLength: 3, depthIdentifier: 'type' }).map((items) => ({
    text: `[${items.map(({ text }) => text).join(', ')}]`,
    schema: {
      type: 'array',
      prefixItems: items.map(({ schema }) => schema),
      minItems: items.length,
      maxItems: items.length,
    },
    value: items.map(({ value }) => value),
  })),
  map: tie('type').map(({ text, schema, value }) => ({
    text: `Record<string, ${text}>`,
    schema: { type: 'object', additionalProperties: Object.keys(schema).length === 0 ? true : schema },
    value: { key: value },
  })),
  nullable: tie('object').map(({ text, schema }) => ({
    text: `${text} | null`,
    schema: { anyOf: [schema, { type: 'null' }] },
    value: null,
  })),
  object: fc
    .uniqueArray(fc.record({ name: NAME, type: tie('type'), optional: fc.boolean() }), {
      selector: ({ name }) => name,
      minLength: 1,
      maxLength: 3,
      depthIdentifier: 'type',
    })
    .map(objectOf),
}));

test('generated types become the schemas that belong to them, and their values fit', () => {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    ownProperties: true,
  });
  fc.assert(
    fc.property(fc.array(anyType, { minLength: 30, maxLength: 60 }), (types) => {
      const { found, schemas } = schemasOfTypes(types.map(({ text }) => text));
      expect(schemas).toEqual({});
      for (const [at, { schema, value }] of types.entries()) {
        expect(found[at]).toEqual(schema);
        expect(ajv.validate(found[at] as JsonSchema, value)).toBe(true);
      }
    }),
    { numRuns: 6 },
  );
}, 120_000);
