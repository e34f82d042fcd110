/** Owns the proof that the two ways to check a text agree: what the quick look accepts is right, and what fits is accepted by ajv. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAcceptor } from '../../wrapper/validation/acceptor.ts';
import { compileChecks } from '../../wrapper/validation/compiler.ts';
import { Inspector } from '../../wrapper/validation/inspector.ts';
import type { CheckPlan } from '../../wrapper/validation/plan.ts';
import { type Sample, SHARED, samples } from './schemas.ts';

const NAME = 'input 0';
const RUNS = { numRuns: 150 };

const planOf = (schema: Sample['schema'], foldsCase = false): CheckPlan => ({
  parts: [{ name: NAME, schema, example: undefined }],
  schemas: SHARED,
  foldsCase,
});

async function inspectorOf(schema: Sample['schema'], foldsCase = false): Promise<Inspector> {
  const inspector = new Inspector(planOf(schema, foldsCase));
  const { refused } = await inspector.compile();
  expect([...refused]).toEqual([]);
  return inspector;
}

test(
  'a value that fits passes',
  () =>
    fc.assert(
      fc.asyncProperty(samples, fc.constantFrom(undefined, 2, '\t'), async ({ schema, value }, space) => {
        const inspector = await inspectorOf(schema);
        expect(inspector.inspect(NAME, Buffer.from(JSON.stringify(value, null, space)))).toBeUndefined();
      }),
      RUNS,
    ),
  120_000,
);

test(
  'what the quick look accepts, ajv accepts',
  () =>
    fc.assert(
      fc.asyncProperty(samples, samples, fc.jsonValue(), fc.boolean(), async (one, other, any, foldsCase) => {
        const inspector = await inspectorOf(one.schema, foldsCase);
        for (const value of [one.value, other.value, any, [one.value], { a: one.value }]) {
          const bytes = Buffer.from(JSON.stringify(value));
          if (inspector.accepts(NAME, bytes))
            expect([value, inspector.inspect(NAME, bytes)]).toEqual([value, undefined]);
        }
      }),
      RUNS,
    ),
  120_000,
);

test(
  'what the quick look accepts is JSON, however it was damaged',
  () =>
    fc.assert(
      fc.asyncProperty(
        samples,
        fc.nat(),
        fc.uint8Array({ maxLength: 3 }),
        fc.nat(3),
        async (sample, place, bytes, cut) => {
          const text = Buffer.from(JSON.stringify(sample.value));
          const at = place % (text.length + 1);
          const damaged = Buffer.concat([text.subarray(0, at), bytes, text.subarray(at + cut)]);
          const accepts = createAcceptor(sample.schema, planOf(sample.schema));
          if (!accepts?.(damaged)) return;
          const inspector = await inspectorOf(sample.schema);
          expect(inspector.inspect(NAME, damaged)).toBeUndefined();
        },
      ),
      { numRuns: 600 },
    ),
  120_000,
);

test('a body of an ordinary shape is accepted by the quick look', () => {
  const schema = {
    type: 'object',
    title: 'Payload',
    additionalProperties: true,
    properties: {
      name: { type: 'string', maxLength: 5 },
      count: { type: 'integer', minimum: 0, default: 1 },
      ratio: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      tree: { $ref: '#/components/schemas/Node' },
      mode: { type: 'string', enum: ['fast', 'slow'] },
    },
    required: ['name'],
  };
  const accepts = createAcceptor(schema, planOf(schema));
  const all = { name: 'ż\\"\n😀', count: 3, ratio: -1.5, tree: { name: 'a', children: [] }, mode: 'slow', other: [{}] };
  for (const value of [all, { name: '' }, { ratio: null, name: 'x' }])
    expect([value, accepts?.(Buffer.from(JSON.stringify(value, null, 1)))]).toEqual([value, true]);
  for (const value of [{}, { name: 'sixsix' }, { name: 1 }, { name: 'a', count: -1 }, { name: 'a', mode: 'medium' }])
    expect([value, accepts?.(Buffer.from(JSON.stringify(value)))]).toEqual([value, false]);
});

test('where the language folds names, no other spelling of a name escapes the check', async () => {
  const item = { type: 'object', properties: { kind: { type: 'integer', maximum: 1 } } };
  const map = { type: 'object', additionalProperties: item };
  const inspector = await inspectorOf({ type: 'object', properties: { amount: { type: 'integer' }, map } }, true);
  const typesOf = (text: string) => {
    if (inspector.accepts(NAME, Buffer.from(text))) return 'accepted';
    return inspector.inspect(NAME, Buffer.from(text))?.rows.map(({ type, pointer }) => `${type} ${pointer}`);
  };
  expect(typesOf('{"amount":1,"map":{"A":{"kind":1},"a":{}}}')).toBe('accepted');
  expect(typesOf('{"other":1}')).toBeUndefined();
  expect(typesOf('{"AMOUNT":"x"}')).toEqual(['extra_forbidden ']);
  expect(typesOf('{"map":{"a":{"\u212aind":5}}}')).toEqual(['extra_forbidden /map/a']); // the sign of Kelvin
});

test('a name with a quote in it is looked for as JSON has it', () => {
  const schema = { type: 'object', properties: { 'a"b': { type: 'integer' } }, required: ['a"b'] };
  const accepts = createAcceptor(schema, planOf(schema));
  expect(accepts?.(Buffer.from('{"a\\"b":1}'))).toBe(true);
  expect(accepts?.(Buffer.from('{"a"b":1}'))).toBe(false);
});

test(
  'a mistake is found whichever way the body is written, and is one of the schema',
  () =>
    fc.assert(
      fc.asyncProperty(samples, fc.jsonValue(), async ({ schema }, value) => {
        const { checks } = await compileChecks(planOf(schema));
        const bytes = Buffer.from(JSON.stringify(value));
        const rows = checks.get(NAME)?.(JSON.parse(bytes.toString()));
        const verdict = (await inspectorOf(schema)).inspect(NAME, bytes);
        expect(verdict?.rows).toEqual(rows);
        for (const row of rows ?? []) {
          expect(row).toMatchObject({ type: expect.any(String), msg: expect.any(String) });
          expect(row.pointer.split('/').slice(1)).toHaveLength(row.loc.length - 1);
          expect(row.msg).not.toMatch(/undefined|\[object/);
        }
      }),
      RUNS,
    ),
  120_000,
);
