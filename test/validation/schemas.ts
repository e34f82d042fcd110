/** Owns arbitrary schemas of the contract, with values that conform to them. */
import fc from 'fast-check';
import type { JsonSchema } from '../../wrapper/protocol/messages.ts';

export interface Sample {
  readonly schema: JsonSchema;
  readonly value: unknown;
}

/** What a recursive record of every test is called. */
export const SHARED: { readonly [name: string]: JsonSchema } = {
  Node: {
    title: 'Node',
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 5 },
      children: { anyOf: [{ type: 'array', items: { $ref: '#/components/schemas/Node' } }, { type: 'null' }] },
    },
    required: ['name'],
  },
};

const node = fc.letrec<{ node: object }>((tie) => ({
  node: fc.record(
    {
      name: fc.string({ unit: 'binary', maxLength: 5 }),
      children: fc.oneof(fc.constant(null), fc.array(tie('node'), { maxLength: 3, depthIdentifier: 'node' })),
    },
    { requiredKeys: ['name'] },
  ),
})).node;

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => ({ schema: { type: 'string' }, value })),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 9 })
    .map((value) => ({ schema: { type: 'string', minLength: 1, maxLength: [...value].length }, value })),
  fc.maxSafeInteger().map((value) => ({ schema: { type: 'integer' }, value })),
  fc.integer().map((value) => ({ schema: { type: 'integer', minimum: value, exclusiveMaximum: value + 1 }, value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ schema: { type: 'number', minimum: value, maximum: value }, value })),
  fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
  fc.constantFrom('a', 'b', 1, true, null).map((value) => ({ schema: { enum: ['a', 'b', 1, true, null] }, value })),
  fc.string().map((value) => ({ schema: { const: value, type: 'string' }, value })),
  fc.jsonValue().map((value) => ({ schema: {}, value })),
  node.map((value) => ({ schema: { $ref: '#/components/schemas/Node' }, value })),
);

const names = fc.constantFrom('a', 'b', 'name', 'constructor', '__proto__', 'żółw', 'a/b~c', 'a"b', 'a\\b', '');

/** Schemas of any depth with a value that fits. */
export const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.tuple(tie('sample'), fc.nat(3)).map(([{ schema, value }, count]) => ({
      schema: { type: 'array', items: schema, minItems: count, maxItems: count },
      value: Array.from({ length: count }, () => value),
    })),
    fc.tuple(tie('sample'), fc.boolean(), fc.boolean()).map(([{ schema, value }, isNull, first]) => ({
      schema: { anyOf: first ? [schema, { type: 'null' }] : [{ type: 'null' }, schema] },
      value: isNull ? null : value,
    })),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('sample'), { maxKeys: 3 }).map(objectOf),
    fc.tuple(fc.dictionary(names, tie('sample'), { maxKeys: 5 }), fc.jsonValue()).map(([members, further]) => {
      const { schema, value } = objectOf(members);
      return { schema, value: { ...value, further } };
    }),
  ),
})).sample;

function objectOf(members: { readonly [name: string]: Sample }): { schema: JsonSchema; value: object } {
  const entries = Object.entries(members);
  const properties = Object.fromEntries(entries.map(([name, { schema }]) => [name, schema]));
  return {
    schema: { type: 'object', properties, required: entries.map(([name]) => name).slice(0, 2) },
    value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
  };
}
