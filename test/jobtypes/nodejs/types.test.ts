/** What the types of a signature do for a job that runs: its documentation, its checks, and which bodies it takes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';
import { writeFiles } from './schema/describing.ts';

const JOB = `
/** What is bought. */
interface Order {
  /** How many.
   * @asType integer
   * @minimum 1
   */
  count: number;
  colour?: 'red' | 'blue';
}
interface Receipt { total: number; at: Date }

/** Sells things. */
export default class Shop {
  /** Sells one thing. */
  perform({ count, colour = 'red' }: Order): Receipt {
    return { total: colour === 'red' ? count : 2 * count, at: new Date(0) };
  }
  sum(numbers: number[]): number { return numbers.reduce((all, each) => all + each, 0) }
  async size(body: Blob): Promise<number> { return (await body.arrayBuffer()).byteLength }
  async name({ picture }: { picture: File }): Promise<string> { return picture.name }
  async stamp({ picture, copies, dark }: { picture: File; copies: number; dark?: boolean }) {
    return [await picture.text(), copies, dark ?? null];
  }
  half({ of, tags = [] }: { of: number; tags?: string[] }) { return { half: of / 2, tags } }
  *numbers({ upTo }: { upTo: number }) { for (let n = 0; n < upTo; n += 1) yield { n } }
  auxiliaryEndpoints() {
    return { '/sum': this.sum, '/size': this.size, '/name': this.name, '/stamp': this.stamp, '/half': { method: 'GET', handler: this.half }, ['/' + 'numbers']: this.numbers };
  }
}
`;
const MANIFEST = 'name: shop\njobtype: nodejs\njobtype_extra:\n  entrypoint_path: entrypoint.ts\n';

let job: WrapperUnderTest;

beforeAll(async () => {
  const folder = writeFiles({ 'entrypoint.ts': JOB, 'job.yaml': MANIFEST });
  job = await startWrapper({ entrypoint: `${folder}/entrypoint.ts`, env: { RACETRACK_CACHE: `${folder}/cache` } });
});
afterAll(() => job?.stop());

const call = (path: string, body: unknown) =>
  fetch(`${job.address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

interface Described {
  readonly description: string;
  readonly requestBody: { readonly content: Record<string, { schema: { properties?: unknown } }> };
  readonly responses: Record<string, { content: Record<string, { schema: unknown }> }>;
}

interface Document {
  readonly paths: Record<string, { post: Described }>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function operation(path: string) {
  const { paths, components } = (await (await fetch(`${job.address}/openapi.json`)).json()) as Document;
  const { description, requestBody, responses } = paths[`/api/v1${path}`]!.post;
  return { description, body: requestBody.content, answer: responses['200']!.content, schemas: components.schemas };
}

test('are the documentation of the endpoint', async () => {
  const { description, body, answer, schemas } = await operation('/perform');
  expect(description).toBe('Call main action: Sells one thing.');
  expect(body['application/json']?.schema).toEqual({
    title: 'Payload',
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, description: 'How many.' },
      colour: { enum: ['red', 'blue'], type: 'string', default: 'red' },
    },
    required: ['count'],
    additionalProperties: true,
  });
  expect(answer['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Receipt' });
  expect(schemas.Receipt).toEqual({
    title: 'Receipt',
    type: 'object',
    properties: { total: { type: 'number' }, at: { type: 'string', format: 'date-time' } },
    required: ['total', 'at'],
  });
  expect(schemas).not.toHaveProperty('Order');
});

test('are the rows of the parameters', async () => {
  const rows = await (await fetch(`${job.address}/api/v1/parameters`)).json();
  expect(rows).toEqual([
    { name: 'count', type: 'number' },
    { name: 'colour', default_value: 'red', type: "'red' | 'blue'" },
  ]);
});

test('are what inputs are checked against', async () => {
  expect(await (await call('/perform', { count: 3 })).json()).toEqual({ total: 3, at: '1970-01-01T00:00:00.000Z' });
  const refused = await call('/perform', { count: 0.5, colour: 'green' });
  expect(refused.status).toBe(422);
  const { detail } = (await refused.json()) as { detail: { loc: unknown }[] };
  expect(detail.map(({ loc }) => loc)).toEqual(
    expect.arrayContaining([
      ['body', 'count'],
      ['body', 'colour'],
    ]),
  );
});

test('let an input be a list', async () => {
  expect(await (await call('/sum', [1, 2, 3])).json()).toBe(6);
  expect((await call('/sum', { a: 1 })).status).toBe(422);
});

test('make a body of bytes or a form of what takes bytes or files', async () => {
  const bytes = await fetch(`${job.address}/api/v1/size`, { method: 'POST', body: new Uint8Array(5) });
  expect(await bytes.json()).toBe(5);
  const form = new FormData();
  form.set('picture', new File(['x'], 'cat.png'));
  const named = await fetch(`${job.address}/api/v1/name`, { method: 'POST', body: form });
  expect(await named.json()).toBe('cat.png');
  expect(Object.keys((await operation('/size')).body)).toEqual(['application/octet-stream']);
  expect(Object.keys((await operation('/name')).body)).toContain('multipart/form-data');
});

test('are found by the name of the function where its path is made up', async () => {
  const { body, answer } = await operation('/numbers');
  expect(body['application/json']?.schema.properties).toEqual({ upTo: { type: 'number' } });
  expect(answer['application/json']?.schema).toEqual({
    type: 'array',
    items: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  });
});

test('convert what arrives as text, and refuse what they cannot', async () => {
  const half = async (query: string) => {
    const response = await fetch(`${job.address}/api/v1/half${query}`);
    return [response.status, await response.json()];
  };
  expect(await half('?of=5&of=7&tags=a')).toEqual([200, { half: 3.5, tags: ['a'] }]);
  expect(await half('?of=x')).toMatchObject([
    422,
    { detail: [{ type: 'float_parsing', loc: ['query', 'of'], input: 'x' }] },
  ]);
  expect(await half('')).toMatchObject([422, { detail: [{ type: 'missing', loc: ['query', 'of'] }] }]);
});

test('take a whole body for the only file, the other members from the address', async () => {
  const stamp = (query: string, init: RequestInit) =>
    fetch(`${job.address}/api/v1/stamp${query}`, { method: 'POST', ...init });
  const whole = await stamp('?copies=2&dark=yes', { body: 'pixels', headers: { 'content-type': 'image/x' } });
  expect(await whole.json()).toEqual(['pixels', 2, true]);
  const form = new FormData();
  form.set('picture', new File(['dots'], 'a.png'));
  form.set('copies', 'many');
  const refused = await stamp('', { body: form });
  expect(await refused.json()).toMatchObject({ detail: [{ type: 'float_parsing', loc: ['body', 'copies'] }] });
});
