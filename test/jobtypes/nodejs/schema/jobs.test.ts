/** Checks what is read from a job's file: which functions it has, and what their signatures and comments say. */
import { describe, expect, test } from 'vitest';
import { usedSchemas } from '../../../../jobtypes/nodejs/schema/components.ts';
import type { TypeDescription } from '../../../../jobtypes/nodejs/schema/description.ts';
import { describeFiles, describeText } from './describing.ts';

const bodyOf = (text: string) => describeText(text).members.perform?.body;
const answerOf = (text: string) => {
  const { response, streaming } = describeText(text).members.perform ?? {};
  return { response, streaming };
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const number = { type: 'number' };
const NUMBER_BODY = {
  title: 'Payload',
  type: 'object',
  properties: { x: number },
  required: ['x'],
  additionalProperties: true,
};

describe('finding the job', () => {
  test.each<[form: string, file: string, text: string]>([
    ['a class', 'job.ts', 'export default class { perform(input: { x: number }) {} }'],
    ['a named class', 'job.ts', 'class Job { perform(input: { x: number }) {} }\nexport default Job;'],
    ['an object', 'job.ts', 'export default { perform(input: { x: number }) {} };'],
    ['a constant object', 'job.ts', 'const job = { perform: (input: { x: number }) => {} };\nexport default job;'],
    ['an instance', 'job.ts', 'class Job { perform(input: { x: number }) {} }\nexport default new Job();'],
    ['a function', 'job.ts', 'export default function (input: { x: number }) {}'],
    ['an arrow function', 'job.mts', 'export default async (input: { x: number }) => {};'],
    ['an exported function', 'job.ts', 'export function perform(input: { x: number }) {}'],
    ['an exported constant', 'job.ts', 'export const perform = (input: { x: number }) => {};'],
    [
      'the only class',
      'job.ts',
      'export class Job { perform(input: { x: number }) {} }\nexport const help = (y: string) => y;',
    ],
    ['the only function', 'job.ts', 'export function run(input: { x: number }) {}'],
    [
      'an inherited method',
      'job.ts',
      'class Base { perform(input: { x: number }) {} }\nexport default class extends Base {}',
    ],
    ['a property', 'job.ts', 'export default class { perform = async (input: { x: number }) => {} }'],
    [
      'the last overload',
      'job.ts',
      'export function perform(input: string): string;\nexport function perform(input: { x: number }): number;\nexport function perform(input: any): any {}',
    ],
    ['a generic function', 'job.ts', 'export function perform<T extends { x: number }>(input: T) {}'],
    ['a typed constant', 'job.ts', 'type F = (input: { x: number }) => void;\nexport const perform: F = () => {};'],
    ['CommonJS exports', 'job.cjs', '/** @param {{ x: number }} input */\nexports.perform = function (input) {};'],
    [
      'a CommonJS class',
      'job.cjs',
      'module.exports = class {\n  /** @param {{ x: number }} input */\n  perform(input) {}\n};',
    ],
    [
      'a CommonJS object',
      'job.cjs',
      'module.exports = {\n  /** @param {{ x: number }} input */\n  perform(input) {},\n};',
    ],
    ['a TypeScript CommonJS export', 'job.cts', 'class Job { perform(input: { x: number }) {} }\nexport = Job;'],
    [
      'JavaScript',
      'job.mjs',
      '/**\n * @param {object} input\n * @param {number} input.x\n */\nexport function perform(input) {}',
    ],
    [
      'a typedef',
      'job.js',
      '/** @typedef {{ x: number }} Input */\n/** @param {Input} input */\nexport const perform = (input) => {};',
    ],
  ])('%s', (_form, file, text) => {
    const { members } = describeFiles({ [file]: text });
    expect((members.perform ?? members.run)?.body).toEqual(NUMBER_BODY);
  });

  test('re-exports lead to where the function is', () => {
    const files = {
      'job.ts': "export { default } from './inner.ts';",
      'inner.ts': 'export default class { perform(input: { x: number }) {} }',
    };
    expect(describeFiles(files).members.perform?.body).toEqual(NUMBER_BODY);
  });

  test('imports follow the paths of tsconfig.json', () => {
    const files = {
      'job.ts': "import type { Input } from '@/input';\nexport function perform(input: Input) {}",
      'src/input.ts': 'export interface Input { x: number }',
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
    };
    expect(describeFiles(files).members.perform?.body).toEqual(NUMBER_BODY);
  });

  test('the name of an export chooses it', () => {
    const text =
      'export class A { perform(input: { y: string }) {} }\nexport class B { perform(input: { x: number }) {} }';
    expect(describeFiles({ 'job.ts': text }, 'B').members.perform?.body).toEqual(NUMBER_BODY);
  });

  test('the name of a member of the default export chooses it', () => {
    const text = 'class B { perform(input: { x: number }) {} }\nexport default { A: 1, B };';
    expect(describeFiles({ 'job.ts': text }, 'B').members.perform?.body).toEqual(NUMBER_BODY);
  });

  test('what is private, and what the wrapper calls itself, is no endpoint', () => {
    const { members } = describeText(`export default class {
      constructor(public name = 'x') {}
      perform() {}
      explain() {}
      docsInputExample() { return {} }
      shutdown() {}
      private secret() {}
      protected inner() {}
      #hidden() {}
    }`);
    expect(Object.keys(members)).toEqual(['perform', 'explain']);
  });

  test.each([
    '',
    'export const x = 1;',
    'export default 3;',
    'export * from "./nowhere.ts";',
    'perform(',
    '\0',
    'export default class { perform',
  ])('a file without a job says nothing: %j', (text) => {
    expect(describeText(text).endpoints).toEqual({});
  });
});

describe('auxiliary endpoints', () => {
  const paths = ({ endpoints }: TypeDescription) =>
    Object.entries(endpoints).map(([path, { body }]) => [path, Object.keys(body.properties as object)]);

  test('are found wherever their handlers are declared', () => {
    const description = describeText(`
      function outside(input: { a: number }) {}
      export default class Job {
        perform() {}
        explain(input: { b: number }) {}
        lazy = (input: { c: number }) => {};
        auxiliaryEndpoints(): Record<string, Function> {
          return {
            '/outside': outside,
            '/explain': this.explain,
            '/lazy': this.lazy,
            '/bound': this.explain.bind(this),
            '/inline': (input: { d: number }) => input.d,
            '/method'(input: { e: number }) {},
            '/options': { method: 'GET', handler: (input: { f: number }) => {} },
          };
        }
      }`);
    expect(paths(description)).toEqual([
      ['/outside', ['a']],
      ['/explain', ['b']],
      ['/lazy', ['c']],
      ['/bound', ['b']],
      ['/inline', ['d']],
      ['/method', ['e']],
      ['/options', ['f']],
    ]);
  });

  test.each([
    ['a map', "auxiliaryEndpoints() { return new Map<string, unknown>([['/x', this.x]]) }"],
    ['an object', "auxiliaryEndpoints = { '/x': this.x }"],
    ['a promise', "async auxiliaryEndpoints() { return { '/x': this.x } }"],
    ['an arrow function', "auxiliaryEndpoints = () => ({ '/x': this.x })"],
    ['a variable', "auxiliaryEndpoints() { const all = { '/x': this.x }; return all }"],
    [
      'a condition',
      "auxiliaryEndpoints() { if (Math.random() > 2) { return {} } return { '/x': this.x } satisfies object }",
    ],
  ])('are found in %s', (_form, member) => {
    const description = describeText(`export default class { x(input: { a: number }) {} ${member} }`);
    expect(paths(description)).toEqual([['/x', ['a']]]);
  });

  test('of a module are found', () => {
    const description = describeText(
      "export function perform() {}\nfunction more(input: { a: number }) {}\nexport const auxiliaryEndpoints = () => ({ '/more': more });",
    );
    expect(paths(description)).toEqual([['/more', ['a']]]);
  });
});

describe('the input', () => {
  test('is nothing in particular without a type', () => {
    const anything = { title: 'Payload', type: 'object', properties: {}, additionalProperties: true };
    for (const input of ['', 'input: any', 'input: unknown', 'input: {}', '...inputs: any[]', 'input: Nowhere']) {
      expect(bodyOf(`export function perform(${input}) {}`)).toEqual(anything);
    }
  });

  test('has the defaults of its parts', () => {
    const { body, parameters } = describeText(`
      enum Mode { Fast = 'fast' }
      const LIMIT = 10;
      interface Input { a: number; b?: string; c?: number[]; d?: object; e?: Mode; f?: number; g?: null; h: boolean; i?: number }
      export function perform({ a, b = 'x', c = [1, 2], d: renamed = { y: -1 }, e = Mode.Fast, f = LIMIT, g = null, h = false, i = Date.now() }: Input) {}
    `).members.perform as unknown as {
      body: { properties: Record<string, { default?: unknown }>; required: string[] };
      parameters: unknown;
    };
    const defaults = Object.entries(body.properties).map(([name, schema]) => [name, schema.default]);
    expect(Object.fromEntries(defaults)).toEqual({
      b: 'x',
      c: [1, 2],
      d: { y: -1 },
      e: 'fast',
      f: 10,
      h: false,
    });
    expect(body.required).toEqual(['a']);
    expect(parameters).toEqual([
      { name: 'a', type: 'number' },
      { name: 'b', default_value: 'x', type: 'string' },
      { name: 'c', default_value: [1, 2], type: 'number[]' },
      { name: 'd', default_value: { y: -1 }, type: 'object' },
      { name: 'e', default_value: 'fast', type: 'Mode' },
      { name: 'f', default_value: 10, type: 'number' },
      { name: 'g', default_value: null, type: 'null' },
      { name: 'h', default_value: false, type: 'boolean' },
      { name: 'i', default_value: null, type: 'number' },
    ]);
  });

  test.each(['job.mjs', 'job.ts'])('that is taken apart without types has names, no more, in %s', (file) => {
    const { members } = describeFiles({
      [file]: 'export const perform = ({ a, b = 2, c = Date.now() }) => a + b + c;',
    });
    expect(members.perform).toMatchObject({
      body: {
        title: 'Payload',
        type: 'object',
        properties: { a: {}, b: { default: 2 }, c: {} },
        additionalProperties: true,
      },
      bodyRequired: false,
      parameters: [
        { name: 'a', type: null },
        { name: 'b', default_value: 2, type: null },
        { name: 'c', default_value: null, type: null },
      ],
    });
    expect(members.perform?.body).not.toHaveProperty('required');
  });

  test('that is taken apart has the types of its surroundings', () => {
    const forms = [
      'type F = (input: { x: number }) => void; export const perform: F = ({ x }) => {};',
      'export default { perform({ x }) {} } satisfies { perform(input: { x: number }): void };',
    ];
    for (const form of forms) expect(bodyOf(form)).toEqual(NUMBER_BODY);
  });

  test('may be left out when the parameter may', () => {
    const required = (input: string) =>
      describeText(`export function perform(${input}) {}`).members.perform?.bodyRequired;
    expect(required('input: { x: number }')).toBe(true);
    expect(required('input: { x?: number }')).toBe(false);
    expect(required('input?: { x: number }')).toBe(false);
    expect(required('{ x }: { x: number } = { x: 1 }')).toBe(false);
    expect(required('{ x = 1 }: { x: number }')).toBe(false);
    expect(required('input: { x: number } | undefined')).toBe(false);
    expect(required('input: string')).toBe(true);
    expect(required('')).toBe(false);
  });

  test.each([
    [
      'a record that holds itself',
      'Tree',
      {
        type: 'object',
        properties: { children: { type: 'array', items: ref('Tree') } },
        required: ['children'],
        additionalProperties: true,
      },
    ],
    ['a union', 'Circle | Square', { anyOf: [ref('Circle'), ref('Square')] }],
    ['a map', 'Record<string, number>', { type: 'object', additionalProperties: number }],
    ['a list', 'number[]', { type: 'array', items: number }],
    ['text', 'string', { type: 'string' }],
    ['bytes', 'Uint8Array', { type: 'string', contentEncoding: 'base64' }],
    [
      'an intersection',
      '{ a: number } & { b: number }',
      { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'], additionalProperties: true },
    ],
  ])('may be %s', (_form, type, schema) => {
    const types = 'interface Tree { children: Tree[] }\ntype Circle = { r: number }\ntype Square = { a: number }\n';
    expect(bodyOf(`${types}export function perform(input: ${type}) {}`)).toEqual({ title: 'Payload', ...schema });
  });

  test('has the limits of its tags', () => {
    const body = bodyOf(`interface Input {
      /**
       * How many.
       * @asType integer
       * @minimum 1
       * @exclusiveMaximum 10
       * @default 5
       * @example 7
       * @example 8
       */
      count?: number;
      /**
       * @minLength 1
       * @maxLength 20
       * @pattern ^[a-z]+\\d$
       * @default abc1
       * @deprecated use something else
       */
      name?: string;
      /** @format email */
      mail: string | null;
      /**
       * @minItems 1
       * @maxItems 3
       * @uniqueItems
       */
      list: string[];
      /**
       * @description Said by a tag.
       * @minimum none
       * @pattern (
       * @maxLength -1
       * @default {not json
       */
      odd: number;
      /** @multipleOf 0.5 */
      half: number | 'all';
    }
    export function perform(input: Input) {}`) as { properties: unknown };
    expect(body.properties).toEqual({
      count: {
        type: 'integer',
        minimum: 1,
        exclusiveMaximum: 10,
        default: 5,
        examples: [7, 8],
        description: 'How many.',
      },
      name: {
        type: 'string',
        minLength: 1,
        maxLength: 20,
        pattern: '^[a-z]+\\d$',
        default: 'abc1',
        deprecated: true,
      },
      mail: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
      list: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3, uniqueItems: true },
      odd: { type: 'number', description: 'Said by a tag.' },
      half: {
        anyOf: [
          { type: 'number', multipleOf: 0.5 },
          { const: 'all', type: 'string' },
        ],
      },
    });
  });
});

describe('the answer', () => {
  test.each([
    ['number', number],
    ['Promise<number>', number],
    ['void', null],
    ['Promise<void>', null],
    ['undefined', null],
    ['null', { type: 'null' }],
    ['unknown', null],
    ['any', null],
    ['number | undefined', { anyOf: [number, { type: 'null' }] }],
    ['Promise<Out | null>', { anyOf: [ref('Out'), { type: 'null' }] }],
    ['Promise<Out>', ref('Out')],
    ['Out | Promise<Out>', ref('Out')],
    ['Out[]', { type: 'array', items: ref('Out') }],
    ['Response', null],
    ['Out | Response', ref('Out')],
    ['{ ok: boolean }', { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }],
  ])('of %s', (type, response) => {
    const text = `interface Out { y: number }\nexport function perform(): ${type} { throw 1 }`;
    expect(answerOf(text)).toEqual({ response, streaming: false });
  });

  test.each([
    ['AsyncGenerator<Out>', ref('Out')],
    ['Generator<number, void, undefined>', number],
    ['AsyncIterable<string>', { type: 'string' }],
    ['IterableIterator<Out>', ref('Out')],
    ['Promise<AsyncIterableIterator<Out>>', ref('Out')],
    ['ReadableStream<Out>', ref('Out')],
  ])('of the stream %s', (type, items) => {
    const text = `interface Out { y: number }\nexport function perform(): ${type} { throw 1 }`;
    expect(answerOf(text)).toEqual({ response: { type: 'array', items }, streaming: true });
  });

  test('of a stream of bytes has no schema', () => {
    const text = 'export function perform(): ReadableStream<Uint8Array> { throw 1 }';
    expect(answerOf(text)).toEqual({ response: null, streaming: true });
  });

  test('is found out where it is not said', () => {
    const text = 'export async function* perform(input: { n: number }) { yield { at: new Date(), n: input.n } }';
    const properties = { at: { type: 'string', format: 'date-time' }, n: number };
    expect(answerOf(text)).toEqual({
      response: { type: 'array', items: { type: 'object', properties, required: ['at', 'n'] } },
      streaming: true,
    });
  });

  test('of JavaScript is that of its comment', () => {
    const { members } = describeFiles({
      'job.js': '/** @returns {Promise<string[]>} */\nexport async function perform() { return []; }',
    });
    expect(members.perform?.response).toEqual({ type: 'array', items: { type: 'string' } });
  });
});

describe('comments and names', () => {
  test('the comments of class, function and handler are their documentation', () => {
    const { doc, members, endpoints } = describeText(`
      /**
       * Adds.
       *
       * Well.
       */
      export default class {
        /** Does it. @see nothing */
        perform() {}
        /** Explains. */
        explain() {}
        auxiliaryEndpoints() {
          return {
            '/explain': this.explain,
            /** Inline. */
            '/inline': () => 1,
          };
        }
      }`);
    expect(doc).toBe('Adds.\n\nWell.');
    expect(members.perform?.doc).toContain('Does it.');
    expect(endpoints['/explain']?.doc).toBe('Explains.');
    expect(endpoints['/inline']?.doc).toBe('Inline.');
  });

  test('types of one name get names of their own', () => {
    const { schemas, members } = describeFiles({
      'job.ts': `import type { Item as Other } from './other.ts';
        interface Item { a: number }
        export function perform(input: { one: Item; two: Other; three: Item }) {}`,
      'other.ts': 'export interface Item { b: string }',
    });
    expect(members.perform?.body).toMatchObject({
      properties: { one: ref('Item'), two: ref('Item_2'), three: ref('Item') },
    });
    expect(schemas).toMatchObject({ Item: { title: 'Item', properties: { a: number } }, Item_2: { title: 'Item' } });
  });

  test('only what is referred to is used', () => {
    const { schemas, members } = describeText(`
      interface A { b: B | null } interface B { a: A[] } interface C { x: number }
      export function perform(input: { a: A }) {}
      export function other(input: { c: C }) {}`);
    expect(Object.keys(schemas)).toEqual(['A', 'B', 'C']);
    expect(Object.keys(usedSchemas(schemas, [members.perform]))).toEqual(['A', 'B']);
    expect(usedSchemas(schemas, [members.other?.body])).toEqual({ C: schemas.C });
    expect(usedSchemas(schemas, [null, 'x', { $ref: '#/components/schemas/Nowhere' }])).toEqual({});
  });
});

describe('odd types', () => {
  test('that go on without end are described so far', () => {
    const { members } = describeText(`
      interface Deep<T> { value: T; deeper: Deep<T[]> }
      type Wide<T> = { left: Wide<[T, 1]>; right: Wide<[T, 2]> };
      export function perform(input: { deep: Deep<number>; wide: Wide<0> }) {}`);
    expect(members.perform?.body).toMatchObject({ required: ['deep', 'wide'] });
  });

  test.each([
    ['a type that holds itself', 'type A = A; export function perform(input: { a: A; x: number }) {}'],
    ['a type without a declaration', 'export function perform(input: { a: Missing<string>; x: number }) {}'],
    ['a module that is missing', "import { A } from 'nowhere'; export function perform(input: { a: A; x: number }) {}"],
    [
      'a condition that never ends',
      'type L<T> = T extends 0 ? never : L<[T]>; export function perform(input: { a: L<1>; x: number }) {}',
    ],
    ['an error in the code', 'export function perform(input: { a: string; x: number }) { return 1 + ; }'],
  ])('%s does not keep the rest from being described', (_form, text) => {
    expect(bodyOf(text)).toMatchObject({ properties: { x: number } });
  });

  test('a member with the name of a prototype is a member like others', () => {
    const body = bodyOf(
      "export function perform(input: { ['__proto__']: number; constructor: string; toString: boolean }) {}",
    );
    expect(Object.entries(body?.properties as object)).toEqual([
      ['__proto__', number],
      ['constructor', { type: 'string' }],
      ['toString', { type: 'boolean' }],
    ]);
  });
});
