/** Checks what each form of TypeScript's types becomes: one row per form. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schemasOfTypes } from './describing.ts';

const DECLARATIONS = `
/** A thing. */
interface Item {
  id: number;
  /** What people call it. */
  name?: string;
}
interface Base { kind: string; at: Date }
/** More than a base. */
interface Derived extends Base { size: number }
type Alias = { x: number; y: number };
type Both = Item & { extra: boolean };
type Patch = Partial<Item>;
type Scores = Record<string, number>;
interface Tree { value: number; children: Tree[]; parent: Tree | null }
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Nested = number | Nested[];
interface Page<T> { items: T[]; next?: Page<T> }
type Pair<A, B = A> = { left: A; right: B };
/** How it looks. */
enum Color { Red = 'red', Green = 'green' }
enum Level { Low, High = 5 }
enum Only { One = 'one' }
enum Mixed { No = 0, Yes = 'yes' }
type Circle = { shape: 'circle'; radius: number };
type Square = { shape: 'square'; side: number };
type Shape = Circle | Square;
type UserId = string & { readonly __brand: 'UserId' };
/** @asType integer */
type int = number;
/** @minimum 1 */
type Positive = int;
/**
 * @pattern ^[a-z]+$
 * @maxLength 8
 */
type Slug = string;
type Sizes = 'small' | 'large';
class Account {
  static count = 0;
  readonly owner: string = '';
  balance = 0;
  protected limit = 1;
  private secret = '';
  #hidden = 1;
  constructor(public currency: string) {}
  get doubled(): number { return this.balance * 2 }
  pay(amount: number): void {}
}
class Savings extends Account { rate?: number }
class Money { constructor(private cents: number) {} toJSON(): { cents: number } { return { cents: this.cents } } }
type Callback = (value: number) => void;
interface Service { run(): void; handler: Callback; name: string }
interface Recursive<T> { value: T; deeper?: Recursive<T[]> }
type Flags<T> = { [K in keyof T]: boolean };
type Getters<T> = { [K in keyof T & string as \`get\${Capitalize<K>}\`]: T[K] };
type Maybe<T> = T extends string ? { text: T } : { other: T };
const LIST = ['a', 'b'] as const;
const SETTINGS = { retries: 3, mode: 'fast' as 'fast' | 'slow' };
type ItemKey = \`item-\${number}\`;
type FileName = \`\${'a' | 'b'}.json\`;
type Address = \`\${string}@\${string}\`;
`;

const text = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };
const nothing = { type: 'null' };
const truth = { type: 'boolean' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const list = (items: object) => ({ type: 'array', items });
const object = (properties: object, required: string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});

const ROWS: readonly (readonly [type: string, schema: unknown])[] = [
  ['string', text],
  ['number', number],
  ['boolean', truth],
  ['bigint', integer],
  ['null', nothing],
  ['any', {}],
  ['unknown', {}],
  ['never', { not: {} }],
  ['object', { type: 'object' }],
  ['{}', {}],
  ['symbol', {}],
  ['Nowhere', {}],
  ["'a'", { const: 'a', type: 'string' }],
  ['1', { const: 1, type: 'integer' }],
  ['-1.5', { const: -1.5, type: 'number' }],
  ['true', { const: true, type: 'boolean' }],
  ['12n', { const: 12, type: 'integer' }],
  ["'b' | 'a' | 'c'", { enum: ['b', 'a', 'c'], type: 'string' }],
  ['2 | 1', { enum: [2, 1], type: 'integer' }],
  ['1 | 2.5', { enum: [1, 2.5], type: 'number' }],
  ["'auto' | 1", { enum: ['auto', 1] }],
  ["'a' | null", { anyOf: [{ const: 'a', type: 'string' }, nothing] }],
  ["'auto' | boolean", { anyOf: [{ const: 'auto', type: 'string' }, truth] }],
  ["true | 'auto'", { enum: [true, 'auto'] }],
  ["number | 'auto' | string[]", { anyOf: [number, { const: 'auto', type: 'string' }, list(text)] }],
  ['Sizes', { enum: ['small', 'large'], type: 'string' }],
  ["Sizes | 'medium'", { enum: ['small', 'large', 'medium'], type: 'string' }],
  ["'a' | (string & {})", { anyOf: [{ const: 'a', type: 'string' }, text] }],
  ['(typeof LIST)[number]', { enum: ['a', 'b'], type: 'string' }],
  ['keyof Item', { enum: ['id', 'name'], type: 'string' }],
  ['string | number', { anyOf: [text, number] }],
  ['number | string', { anyOf: [number, text] }],
  ['null | string', { anyOf: [nothing, text] }],
  ['string | null', { anyOf: [text, nothing] }],
  ['string | null | boolean', { anyOf: [text, nothing, truth] }],
  ['string[] | string', { anyOf: [list(text), text] }],
  ['(number | string)[]', list({ anyOf: [number, text] })],
  ['Item | null', { anyOf: [ref('Item'), nothing] }],
  ['Derived | Item', { anyOf: [ref('Derived'), ref('Item')] }],
  ['string | any', {}],
  ['string | unknown', {}],
  ['Shape', { anyOf: [ref('Circle'), ref('Square')] }],
  ['string[]', list(text)],
  ['Array<number>', list(number)],
  ['readonly string[]', list(text)],
  ['ReadonlyArray<string>', list(text)],
  ['string[][]', list(list(text))],
  ['any[]', list({})],
  ['[number, string]', { type: 'array', prefixItems: [number, text], minItems: 2, maxItems: 2 }],
  ['readonly [x: number, y: number]', { type: 'array', prefixItems: [number, number], minItems: 2, maxItems: 2 }],
  ['[number, string?]', { type: 'array', prefixItems: [number, text], minItems: 1, maxItems: 2 }],
  ['[number, ...string[]]', { type: 'array', prefixItems: [number], items: text, minItems: 1 }],
  ['[...string[], number]', { type: 'array', items: {}, minItems: 1 }],
  ['[]', { type: 'array', minItems: 0, maxItems: 0 }],
  ['Set<string>', { type: 'array', items: text, uniqueItems: true }],
  ['ReadonlySet<int>', { type: 'array', items: integer, uniqueItems: true }],
  ['Record<string, number>', { type: 'object', additionalProperties: number }],
  ['Record<string, int>', { type: 'object', additionalProperties: integer }],
  ['Record<string, unknown>', { type: 'object', additionalProperties: true }],
  ["Record<'a' | 'b', number>", object({ a: number, b: number })],
  ['Record<Color, number>', object({ red: number, green: number })],
  ['Scores', { type: 'object', additionalProperties: number }],
  ['{ [name: string]: Item }', { type: 'object', additionalProperties: ref('Item') }],
  ['{ [at: number]: string }', { type: 'object', additionalProperties: text }],
  ['{ id: number; [name: string]: number }', { ...object({ id: number }), additionalProperties: number }],
  ['Map<string, Item>', { type: 'object', additionalProperties: ref('Item') }],
  ['ReadonlyMap<string, boolean>', { type: 'object', additionalProperties: truth }],
  ['Date', { type: 'string', format: 'date-time' }],
  ['Uint8Array', { type: 'string', contentEncoding: 'base64' }],
  ['Buffer', { type: 'string', contentEncoding: 'base64' }],
  ['ArrayBuffer', { type: 'string', contentEncoding: 'base64' }],
  ['File', { type: 'string', contentMediaType: 'application/octet-stream' }],
  ['Blob', { type: 'string', contentMediaType: 'application/octet-stream' }],
  ['URL', text],
  ['RegExp', {}],
  ['Promise<string>', {}],
  ['Callback[]', list({})],
  ['(typeof Account)[]', list({})],
  ['Item', ref('Item')],
  ['Derived', ref('Derived')],
  ['Alias', ref('Alias')],
  ['Both', ref('Both')],
  ['Patch', ref('Patch')],
  ['Account', ref('Account')],
  ['Savings', ref('Savings')],
  ['Service', ref('Service')],
  ['Money', object({ cents: number })],
  ['Tree', ref('Tree')],
  ['Json', ref('Json')],
  ['Nested', ref('Nested')],
  ['Page<Item>', ref('Page_Item')],
  ['Page<string>', ref('Page_string')],
  ['Pair<number>', ref('Pair_number_number')],
  ['Pair<Item, string[]>', ref('Pair_Item_string')],
  ['Color', ref('Color')],
  ['Level', ref('Level')],
  ['Only', ref('Only')],
  ['Mixed', ref('Mixed')],
  ['Color.Red', { const: 'red', type: 'string' }],
  ['Color | null', { anyOf: [ref('Color'), nothing] }],
  ['null | Color', { anyOf: [nothing, ref('Color')] }],
  ['Color | Level', { anyOf: [ref('Color'), ref('Level')] }],
  ['{ x: number; y?: string }', object({ x: number, y: text }, ['x'])],
  ['{ x: number | undefined; y: undefined }', object({ x: number }, [])],
  ['{ x?: string | null }', object({ x: { anyOf: [text, nothing] } }, [])],
  [
    '{ c?: Color; j?: Json; s?: Shape }',
    object({ c: ref('Color'), j: ref('Json'), s: { anyOf: [ref('Circle'), ref('Square')] } }, []),
  ],
  ['{ a: string } & { b: number }', object({ a: text, b: number })],
  ['Partial<Item>', object({ id: number, name: { ...text, description: 'What people call it.' } }, [])],
  ['Required<Item>', object({ id: number, name: { ...text, description: 'What people call it.' } })],
  ["Pick<Item, 'id'>", object({ id: number })],
  ["Omit<Derived, 'at'>", object({ size: number, kind: text })],
  ['Readonly<{ a: int }>', object({ a: integer })],
  ['Flags<Item>', ref('Flags_Item')],
  ['Getters<{ name: string }>', ref('Getters_name_string')],
  ['Maybe<string>', object({ text })],
  ['NonNullable<string | null>', text],
  ["Exclude<'a' | 'b' | 'c', 'b'>", { enum: ['a', 'c'], type: 'string' }],
  ['ReturnType<() => Item>', ref('Item')],
  ['typeof SETTINGS', object({ retries: number, mode: { enum: ['fast', 'slow'], type: 'string' } })],
  ["Item['name']", text],
  ['ItemKey', { type: 'string', pattern: '^item--?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?$' }],
  ['FileName', { enum: ['a.json', 'b.json'], type: 'string' }],
  ['Address', { type: 'string', pattern: '^[\\s\\S]*@[\\s\\S]*$' }],
  ['Uppercase<string>', text],
  ['UserId', text],
  ['int', integer],
  ['Positive', { ...integer, minimum: 1 }],
  ['Slug', { ...text, maxLength: 8, pattern: '^[a-z]+$' }],
  ['int[]', list(integer)],
  ['int | null', { anyOf: [integer, nothing] }],
  [
    'Positive | Slug',
    {
      anyOf: [
        { ...integer, minimum: 1 },
        { ...text, maxLength: 8, pattern: '^[a-z]+$' },
      ],
    },
  ],
];

const SHARED = {
  Item: {
    title: 'Item',
    description: 'A thing.',
    ...object({ id: number, name: { ...text, description: 'What people call it.' } }, ['id']),
  },
  Derived: {
    title: 'Derived',
    description: 'More than a base.',
    ...object({ size: number, kind: text, at: { type: 'string', format: 'date-time' } }),
  },
  Alias: { title: 'Alias', ...object({ x: number, y: number }) },
  Both: {
    title: 'Both',
    ...object({ id: number, name: { ...text, description: 'What people call it.' }, extra: truth }, ['id', 'extra']),
  },
  Patch: { title: 'Patch', ...object({ id: number, name: { ...text, description: 'What people call it.' } }, []) },
  Account: { title: 'Account', ...object({ owner: text, balance: number, currency: text }) },
  Savings: {
    title: 'Savings',
    ...object({ rate: number, currency: text, owner: text, balance: number }, ['owner', 'balance', 'currency']),
  },
  Service: { title: 'Service', ...object({ name: text }) },
  Tree: {
    title: 'Tree',
    ...object({ value: number, children: list(ref('Tree')), parent: { anyOf: [ref('Tree'), nothing] } }),
  },
  Json: {
    title: 'Json',
    anyOf: [text, number, truth, nothing, list(ref('Json')), { type: 'object', additionalProperties: ref('Json') }],
  },
  Nested: { title: 'Nested', anyOf: [number, list(ref('Nested'))] },
  Page_Item: { title: 'Page<Item>', ...object({ items: list(ref('Item')), next: ref('Page_Item') }, ['items']) },
  Page_string: { title: 'Page<string>', ...object({ items: list(text), next: ref('Page_string') }, ['items']) },
  Pair_number_number: { title: 'Pair<number, number>', ...object({ left: number, right: number }) },
  Pair_Item_string: { title: 'Pair<Item, string[]>', ...object({ left: ref('Item'), right: list(text) }) },
  Color: { title: 'Color', description: 'How it looks.', enum: ['red', 'green'], type: 'string' },
  Level: { title: 'Level', enum: [0, 5], type: 'integer' },
  Only: { title: 'Only', const: 'one', type: 'string' },
  Mixed: { title: 'Mixed', enum: [0, 'yes'] },
  Circle: { title: 'Circle', ...object({ shape: { const: 'circle', type: 'string' }, radius: number }) },
  Square: { title: 'Square', ...object({ shape: { const: 'square', type: 'string' }, side: number }) },
  Flags_Item: {
    title: 'Flags<Item>',
    ...object({ id: truth, name: { ...truth, description: 'What people call it.' } }, ['id']),
  },
  Getters_name_string: { title: 'Getters<{ name: string; }>', ...object({ getName: text }) },
};

const { found, schemas } = schemasOfTypes(
  ROWS.map(([type]) => type),
  DECLARATIONS,
);

describe('what a type becomes', () => {
  test.each(ROWS.map(([type, schema], at) => ({ type, schema, at })))('$type', ({ schema, at }) => {
    expect(found[at]).toEqual(schema);
  });

  test.each(Object.entries(SHARED))('the shared schema %s', (name, schema) => {
    expect(schemas[name]).toEqual(schema);
  });

  test('nothing else is shared', () => {
    expect(Object.keys(schemas).sort()).toEqual(Object.keys(SHARED).sort());
  });

  test('a validator takes every schema', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, validateFormats: false });
    for (const schema of found) {
      const whole = JSON.parse(
        JSON.stringify({ ...schema, $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/'),
      );
      expect(() => ajv.compile(whole)).not.toThrow();
    }
  });
});
