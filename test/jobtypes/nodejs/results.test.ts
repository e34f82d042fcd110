/** What functions return, through a real server: JSON in its odd corners, bytes, files, responses, and the request's context. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: join(import.meta.dirname, 'jobs/results.ts'), args: ['--timeout', '60'] });
});
afterAll(() => job.stop());

const ask = (name: string, headers: Record<string, string> = {}, query = '') =>
  fetch(`${job.address}/api/v1/perform${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name }),
  });

test.each([
  ['nothing', 'null'],
  ['null', 'null'],
  ['text', '"grüß dich \u2028 \ud83d\ude00"'],
  ['number', '0'],
  ['nan', 'null'],
  ['infinity', '[null,{"a":null}]'],
  ['bigint', '[10,"1180591620717411303424"]'],
  ['date', '{"at":"2020-01-02T00:00:00.000Z"}'],
  ['map', '{"a":[1,{"2":3}]}'],
  ['bytesInside', '{"a":"AQID","b":"eA==","c":"CQ=="}'],
  ['floats', '[[1.5,null],[7]]'],
  ['instance', '{"x":1}'],
  ['error', '[{"error":"inside","type":"TypeError"}]'],
  ['holes', '[null,null,null,{}]'],
  ['toJSON', '{"shown":true}'],
  ['promise', '{"later":1}'],
  ['thenable', '"thenable"'],
])('%s becomes %s', async (name, text) => {
  const response = await ask(name);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await response.text()).toBe(text);
});

test('a value that contains itself is the job’s fault', async () => {
  const response = await ask('circle');
  expect([response.status, response.headers.get('x-racetrack-fault')]).toEqual([500, 'job']);
  expect(await response.json()).toMatchObject({ error: expect.stringContaining('circular'), type: 'TypeError' });
});

test.each([
  ['buffer', 200, 'application/octet-stream', '\u0000\ufffd\u0001'],
  ['blob', 200, 'text/plain', 'blob'],
  ['file', 200, 'text/csv', 'a,b'],
  ['helper', 200, 'text/html', '<p>hi</p>'],
  ['helperStream', 200, 'text/plain', 'one two'],
  ['response', 201, 'text/plain', 'made'],
  ['empty', 204, null, ''],
  ['json', 202, 'application/json', '{"a":1}'],
  ['webStream', 200, 'application/octet-stream', 'web stream'],
  ['nodeStream', 200, 'application/octet-stream', 'node stream'],
])('%s is sent as it is', async (name, status, mediaType, text) => {
  const response = await ask(name);
  expect([response.status, response.headers.get('content-type')]).toEqual([status, mediaType]);
  expect(await response.text()).toBe(text);
});

test('files have their names, and responses their headers', async () => {
  const named = async (name: string) => (await ask(name)).headers.get('content-disposition');
  expect(await named('file')).toBe(`attachment; filename="t__ble.csv"; filename*=UTF-8''t%C3%A4%22ble.csv`);
  expect(await named('helper')).toBe('attachment; filename="page.html"');
  expect(await named('buffer')).toBeNull();
  expect((await ask('response')).headers.get('x-own')).toBe('1');
  expect((await ask('file')).headers.get('content-length')).toBe('3');
});

test('a stream of bytes that breaks off shows as an incomplete body', async () => {
  const response = await ask('brokenStream');
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(job.logs()).toContain('broken off');
});

test('the request is known, also after waiting', async () => {
  const headers = { accept: 'a/b', 'x-request-tracing-id': 't1', 'x-caller-name': 'ada' };
  const response = await ask('context', headers, '?a=1&a=2');
  expect(await response.json()).toEqual({
    method: 'POST',
    path: '/api/v1/perform',
    query: [
      ['a', '1'],
      ['a', '2'],
    ],
    accept: 'a/b',
    tracingId: 't1',
    caller: 'ada',
    client: '127.0.0.1',
    deadline: 'number',
    aborted: false,
  });
});
