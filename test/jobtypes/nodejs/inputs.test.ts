/** Inputs through a real server: JSON right and wrong, addresses, forms and bytes, small and spilled to the disk. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: join(import.meta.dirname, 'jobs/inputs.ts'), args: ['--spill', '64K'] });
});
afterAll(() => job.stop());

type Body = string | Buffer | FormData | URLSearchParams;
const JSON_TYPE = { 'content-type': 'application/json' };

async function post(path: string, body?: Body, headers: Record<string, string> = {}) {
  const response = await fetch(`${job.address}/api/v1${path}`, { method: 'POST', headers, ...(body && { body }) });
  return { status: response.status, json: (await response.json()) as { detail: unknown } };
}

test.each<[what: string, body: Body | undefined, headers: Record<string, string>, json: unknown]>([
  ['an object', '{"a":[1,{"b":null}]}', JSON_TYPE, { a: [1, { b: null }] }],
  ['white space around it', ' \n{"a":1}\t ', JSON_TYPE, { a: 1 }],
  ['no type', Buffer.from('{"a":1}'), {}, { a: 1 }],
  ['no body', undefined, {}, { sample: true }],
  ['null', 'null', JSON_TYPE, { sample: true }],
  ['spaces', '  ', JSON_TYPE, { sample: true }],
  ['a large one', JSON.stringify({ a: 'x'.repeat(100_000) }), JSON_TYPE, { a: 'x'.repeat(100_000) }],
  [
    'odd names',
    '{"__proto__":{"polluted":1},"constructor":2}',
    JSON_TYPE,
    JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'),
  ],
])('%s', async (_what, body, headers, json) => {
  expect(await post('/perform', body, headers)).toEqual({ status: 200, json });
});

test.each<[what: string, body: Body, headers: Record<string, string>, detail: object]>([
  [
    'a list',
    '[1,2]',
    JSON_TYPE,
    { type: 'dict_type', loc: ['body'], msg: 'Input should be a valid dictionary', input: [1, 2] },
  ],
  ['a text', '"a"', JSON_TYPE, { type: 'dict_type', loc: ['body'], input: 'a' }],
  ['no JSON', '{"a":1,}', JSON_TYPE, { type: 'json_invalid', loc: ['body', 7], msg: 'JSON decode error', input: {} }],
  ['half of it', '{"a":', JSON_TYPE, { type: 'json_invalid', loc: ['body', 5] }],
  ['another type', 'a=1', { 'content-type': 'text/csv' }, { type: 'dict_type', loc: ['body'], input: 'a=1' }],
])('%s is refused with 422', async (_what, body, headers, row) => {
  const { status, json } = await post('/perform', body, headers);
  expect(status).toBe(422);
  expect(json.detail).toMatchObject([row]);
});

test('text that is no UTF-8 is refused with 400', async () => {
  const reply = await post('/perform', Buffer.from([0x22, 0xff, 0x22]), JSON_TYPE);
  expect(reply).toEqual({ status: 400, json: { detail: 'There was an error parsing the body' } });
});

test('path and query are members of the input', async () => {
  const reply = await post('/items/7/a/b%20c', '{"id":"no","x":1}', JSON_TYPE);
  expect(reply.json).toEqual({ id: '7', rest: 'a/b c', x: 1 });
  const response = await fetch(`${job.address}/api/v1/query/9?a=1&b=2&b=3&id=x`);
  expect(await response.json()).toEqual({ a: '1', b: ['2', '3'], id: '9' });
});

describe('forms', () => {
  test.each([
    ['small', 'tiny'],
    ['large', `large${'x'.repeat(200_000)}`],
  ])('fields and files, %s', async (_size, content) => {
    const form = new FormData();
    form.append('name', 'grün');
    form.append('tag', 'a');
    form.append('tag', 'b');
    form.append('file', new File([content], '../ä.txt', { type: 'text/plain' }));
    const { status, json } = await post('/form', form);
    expect(status).toBe(200);
    expect(json).toEqual({
      name: 'grün',
      tag: ['a', 'b'],
      file: { name: 'ä.txt', type: 'text/plain', size: content.length, start: content.slice(0, 5) },
    });
  });

  test('an encoded form', async () => {
    expect((await post('/form', new URLSearchParams({ a: '1 &', b: 'ü' }))).json).toEqual({ a: '1 &', b: 'ü' });
  });

  test.each([
    ['no form', '{"a":1}', 'text/plain', 'form_type'],
    ['no boundary', 'x', 'multipart/form-data', 'form_invalid'],
    [
      'a form that is cut off',
      '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nva',
      'multipart/form-data; boundary=b',
      'form_invalid',
    ],
  ])('%s is refused with 422', async (_what, body, type, row) => {
    const { status, json } = await post('/form', body, { 'content-type': type });
    expect([status, (json.detail as { type: string }[])[0]?.type]).toEqual([422, row]);
  });
});

test.each([
  ['small', 'bytes'],
  ['large', `large${'y'.repeat(200_000)}`],
])('bytes, %s', async (_size, content) => {
  const { json } = await post('/bytes', content, { 'content-type': 'image/x-own' });
  expect(json).toEqual({ type: 'image/x-own', size: content.length, text: content.slice(0, 20) });
});
