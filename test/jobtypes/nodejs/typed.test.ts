/** Jobs with schemas through a real server: what is refused and how, what is converted, and what the document says. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: join(import.meta.dirname, 'jobs/typed.ts') });
});
afterAll(() => job.stop());

const post = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${job.address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as { detail?: unknown } };
};
const get = async (path: string) => {
  const response = await fetch(`${job.address}/api/v1${path}`);
  return { status: response.status, json: (await response.json()) as { detail?: unknown } };
};

const ORDER = { items: [{ sku: 'ab', count: 2 }, { sku: 'cd' }], to: { street: 'Long Road' }, note: null };

test('a right input is converted, its defaults are filled in', async () => {
  expect(await post('/perform', ORDER)).toEqual({ status: 200, json: { count: 3, street: 'Long Road' } });
  expect(await post('/perform')).toEqual({ status: 200, json: { count: 1, street: 'Long Road' } });
});

test('a wrong input is refused before the function runs, with a row for each mistake', async () => {
  const wrong = { items: [{ sku: 'a', count: 0.5 }], to: {}, note: 5, kind: 'other' };
  const { status, json } = await post('/perform', wrong);
  expect(status).toBe(422);
  const rows = json.detail as { type: string; pointer: string }[];
  expect(rows.map(({ type, pointer }) => [type, pointer])).toEqual([
    ['string_too_short', '/items/0/sku'],
    ['int_from_float', '/items/0/count'],
    ['greater_than_equal', '/items/0/count'],
    ['missing', '/to/street'],
    ['string_type', '/note'],
    ['enum', '/kind'],
  ]);
  const metrics = await (await fetch(`${job.address}/metrics`)).text();
  expect(metrics).not.toMatch(/request_internal_errors_total\{endpoint="\/perform"\} [1-9]/);
});

test('a wrong output is the job’s fault', async () => {
  const { status, json } = await post('/perform', { ...ORDER, to: { street: 'wrong' } });
  expect(status).toBe(500);
  expect(json).toMatchObject({ type: 'OutputError', error: expect.stringContaining('the declared output: street:') });
});

test('values of the address are converted', async () => {
  expect(await get('/root?of=16')).toEqual({ status: 200, json: 4 });
  expect((await get('/root?of=many')).json.detail).toMatchObject([{ loc: ['query', 'of'], input: 'many' }]);
  expect((await get('/root')).status).toBe(422);
  expect((await get('/users/7?verbose=yes')).json).toEqual({ id: 7, verbose: true });
  expect((await get('/users/x')).json.detail).toMatchObject([{ loc: ['path', 'id'], input: 'x' }]);
});

test('any schema that follows the standard will do, also one that takes its time', async () => {
  expect(await post('/half', 4)).toEqual({ status: 200, json: 2 });
  expect((await post('/half', 3)).json).toEqual({
    detail: [{ type: 'value_error', loc: ['body'], msg: 'not even', input: 3, pointer: '' }],
  });
  expect(await post('/numbers', [1, 2, 3])).toEqual({ status: 200, json: 3 });
  expect(await post('/numbers')).toEqual({ status: 200, json: 2 });
});

test('a member that is a file makes the input a form', async () => {
  const form = new FormData();
  form.append('title', 'me');
  form.append('photo', new File(['pixels'], 'me.png'));
  const upload = (body: FormData) => fetch(`${job.address}/api/v1/upload`, { method: 'POST', body });
  expect(await (await upload(form)).json()).toBe('me: pixels');
  form.set('photo', new File(['x'.repeat(101)], 'me.png'));
  const refused = await upload(form);
  expect([refused.status, await refused.json()]).toMatchObject([422, { detail: [{ loc: ['body', 'photo'] }] }]);
});

test('each item of a generator is checked', async () => {
  expect((await post('/squares', { limit: 2 })).json).toEqual([{ square: 1 }, { square: 4 }]);
  expect((await post('/squares', { limit: 3 })).status).toBe(500);
});

describe('the document', () => {
  const operation = async (path: string, verb = 'post') => {
    const document = (await (await fetch(`${job.address}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { requestBody?: { content: object }; parameters: { in: string }[] }>>;
      components: { schemas: object };
    };
    const described = document.paths[`/api/v1${path}`]?.[verb];
    return { ...described, schemas: document.components.schemas };
  };

  test('has the schemas in the form of the contract', async () => {
    const { requestBody, schemas } = await operation('/perform');
    expect(requestBody).toMatchObject({ required: false }); // it has an example
    expect(requestBody?.content).toMatchObject({
      'application/json': {
        schema: {
          type: 'object',
          properties: {
            to: { $ref: '#/components/schemas/Address' },
            when: { type: 'string', format: 'date-time' },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'For the courier.' },
            pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], minItems: 2, maxItems: 2 },
            kind: { type: 'string', enum: ['gift', 'plain'], default: 'plain' },
          },
          required: ['items', 'to', 'note'],
        },
      },
    });
    expect(JSON.stringify(requestBody)).not.toMatch(/9007199254740991|"pattern"|\$schema|"items":false/);
    expect(schemas).toMatchObject({
      Address: {
        title: 'Address',
        description: 'Where somebody lives.',
        type: 'object',
        properties: { street: { type: 'string' }, next: { type: 'integer' } },
        required: ['street'],
      },
    });
  });

  test('has the parameters of the address, options and descriptions', async () => {
    const root = await operation('/root', 'get');
    expect(root).toMatchObject({ tags: ['arithmetic'], summary: 'Square root' });
    expect(root.parameters?.filter((parameter) => parameter.in === 'query')).toEqual([
      { name: 'of', in: 'query', required: true, schema: { type: 'number', minimum: 0 }, description: 'A number.' },
    ]);
    const users = await operation('/users/{id}', 'get');
    expect(users.parameters).toContainEqual({ name: 'id', in: 'path', required: true, schema: { type: 'integer' } });
  });

  test('has forms, streams and the parameters of perform', async () => {
    expect(Object.keys((await operation('/upload')).requestBody?.content ?? {})).toEqual([
      'multipart/form-data',
      'application/octet-stream',
    ]);
    expect(await operation('/squares')).toMatchObject({
      responses: {
        200: {
          content: {
            'application/json': { schema: { type: 'array', items: { properties: { square: { type: 'integer' } } } } },
            'text/event-stream': {},
          },
        },
      },
    });
    expect((await get('/parameters')).json).toContainEqual({ name: 'kind', default_value: 'plain', type: 'string' });
  });
});
