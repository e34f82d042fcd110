/** Owns what every language is sent, and what all of them have to answer. */

export interface Case {
  readonly title: string;
  readonly endpoint?: string;
  readonly body: string | FormData;
  /** `application/json` for texts when not given. */
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly answer: unknown;
}

const INPUT = {
  code: 'abc',
  amount: 2,
  ratio: 1.5,
  active: true,
  tags: ['a', 'ż'],
  scores: { a: 1 },
  items: [{ name: 'pen', count: 3, price: 0.5 }],
  level: 'high',
  note: null,
};
const PEN = { name: 'pen', count: 3, price: 0.5 };
const SUMMARY = { total: 4.5, level: 'high', items: [PEN], first: PEN };

const perform = (title: string, changes: object, answer: unknown = SUMMARY): Case => ({
  title,
  body: JSON.stringify({ ...INPUT, ...changes }),
  status: 200,
  answer,
});

export const GOOD: Case[] = [
  perform('what is required is enough', {}),
  perform('everything', {
    mode: 'slow',
    label: 'x',
    hint: null,
    limit: 5,
    grid: [[1, 2.5], []],
    tree: { name: 'root', children: [{ name: 'leaf', children: null }] },
    either: 'text',
    at: '2026-01-02T03:04:05+01:00',
    day: '2026-01-02',
    extra: { anything: [1, 'x', null] },
  }),
  perform('the other member of a union', { either: 7 }),
  { title: 'a default', endpoint: 'greet', body: '{}', status: 200, answer: 'hello world' },
  { title: 'a default, without a body', endpoint: 'greet', body: '', status: 200, answer: 'hello world' },
  { title: 'null for a body', endpoint: 'greet', body: 'null', status: 200, answer: 'hello world' },
  { title: 'a stream as an array', endpoint: 'count', body: '{"upto":3}', status: 200, answer: [0, 1, 2] },
  { title: 'a file in a form', endpoint: 'store', body: formOf({ file: new Blob(['12345']) }), status: 200, answer: 5 },
  {
    title: 'a file as the whole body',
    endpoint: 'store',
    body: '1234567',
    headers: { 'content-type': 'application/octet-stream' },
    status: 200,
    answer: 7,
  },
];

interface Row {
  readonly type: string;
  readonly at: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
  readonly ctx?: unknown;
}

function refused(title: string, changes: object, ...rows: Row[]): Case {
  const { body } = perform('', changes);
  return { title, body, status: 422, answer: { detail: rows.map(rowOf) } };
}

const rowOf = ({ at, ...row }: Row) => ({
  ...row,
  loc: ['body', ...at],
  pointer: at.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
});

const malformed = (title: string, body: string, place: number, error: string): Case => ({
  title,
  body,
  status: 422,
  answer: {
    detail: [
      {
        type: 'json_invalid',
        loc: ['body', place],
        msg: 'JSON decode error',
        input: {},
        ctx: { error },
        pointer: '',
      },
    ],
  },
});

export const BAD: Case[] = [
  refused(
    'several mistakes at once',
    { code: 'ABC', amount: 101, active: 'yes' },
    {
      type: 'string_pattern_mismatch',
      at: ['code'],
      msg: "String should match pattern '^[a-z]+$'",
      input: 'ABC',
      ctx: { pattern: '^[a-z]+$' },
    },
    {
      type: 'less_than_equal',
      at: ['amount'],
      msg: 'Input should be less than or equal to 100',
      input: 101,
      ctx: { le: 100 },
    },
    { type: 'bool_type', at: ['active'], msg: 'Input should be a valid boolean', input: 'yes' },
  ),
  refused(
    'a mistake deep inside',
    { items: [{ name: 'pen' }, { name: '', count: 1.5 }] },
    {
      type: 'string_too_short',
      at: ['items', 1, 'name'],
      msg: 'String should have at least 1 character',
      input: '',
      ctx: { min_length: 1 },
    },
    {
      type: 'int_from_float',
      at: ['items', 1, 'count'],
      msg: 'Input should be a valid integer, got a number with a fractional part',
      input: 1.5,
    },
  ),
  refused(
    'a mistake in a type that contains itself',
    { tree: { name: 'root', children: [{ name: 1 }] } },
    { type: 'string_type', at: ['tree', 'children', 0, 'name'], msg: 'Input should be a valid string', input: 1 },
  ),
  refused(
    'a value of a map',
    { scores: { 'a/b': 'x' } },
    { type: 'int_type', at: ['scores', 'a/b'], msg: 'Input should be a valid integer', input: 'x' },
  ),
  refused(
    'none of the named values',
    { level: 'middle' },
    {
      type: 'enum',
      at: ['level'],
      msg: "Input should be 'low' or 'high'",
      input: 'middle',
      ctx: { expected: "'low' or 'high'" },
    },
  ),
  refused(
    'no member of a union',
    { either: {} },
    { type: 'type', at: ['either'], msg: 'Input should be a valid integer or a valid string', input: {} },
  ),
  refused(
    'null where it is not allowed',
    { tags: null },
    { type: 'list_type', at: ['tags'], msg: 'Input should be a valid list', input: null },
  ),
  refused(
    'dates',
    { at: '2026-01-02 03:04:05', day: '2026-13-01' },
    {
      type: 'datetime_parsing',
      at: ['at'],
      msg: 'Input should be a valid datetime with its offset from UTC',
      input: '2026-01-02 03:04:05',
    },
    { type: 'date_parsing', at: ['day'], msg: 'Input should be a valid date', input: '2026-13-01' },
  ),
  {
    title: 'a member that is missing',
    endpoint: 'count',
    body: '{"up":1}',
    status: 422,
    answer: { detail: [rowOf({ type: 'missing', at: ['upto'], msg: 'Field required', input: { up: 1 } })] },
  },
  {
    title: 'no object',
    body: '[1]',
    status: 422,
    answer: { detail: [rowOf({ type: 'dict_type', at: [], msg: 'Input should be a valid dictionary', input: [1] })] },
  },
  {
    title: 'another content type',
    body: '{"upto":1}',
    endpoint: 'count',
    headers: { 'content-type': 'text/plain' },
    status: 422,
    answer: {
      detail: [rowOf({ type: 'dict_type', at: [], msg: 'Input should be a valid dictionary', input: '{"upto":1}' })],
    },
  },
  malformed('no JSON', '{"upto": }', 9, 'Expecting value'),
  malformed('NaN', '{"upto": NaN}', 9, 'Expecting value'),
];

function formOf(parts: Record<string, Blob>): FormData {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) form.set(name, part, 'file.bin');
  return form;
}
