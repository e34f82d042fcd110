/** Owns the proof that files come in and go out whole, and that no form or file name does harm. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { exchange, post, RawClient } from '../../wrapper/verify/raw-client.ts';
import { call, expectNothingLeft, isolateTemporaryFiles, start } from './running.ts';

let job: WrapperUnderTest;
isolateTemporaryFiles();
beforeAll(async () => {
  job = await start('files.py', { className: 'Files', args: ['--spill', '100K', '--max-body', '8M'] });
});
afterAll(expectNothingLeft);

const FORM = 'Content-Type: multipart/form-data; boundary=XX';
const send = (body: string, type = FORM) =>
  exchange(job.address, post('/api/v1/perform', [type, `Content-Length: ${body.length}`], body));
const part = (disposition: string, content: string) =>
  `--XX\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;

describe.each([
  ['in memory', 10],
  ['on the disk', 500_000],
])('a file %s', (_, size) => {
  const content = `abcd${'x'.repeat(size - 4)}`;

  test('in a form', async () => {
    const answer = await send(
      `${part('name="file"; filename="a.txt"', content)}${part('name="times"', '7')}--XX--\r\n`,
    );
    expect(answer).toMatchObject({ status: 200 });
    expect(JSON.parse(answer?.body ?? '')).toEqual({ name: 'a.txt', size, first: 'abcd', times: 7 });
  });

  test('as the body', async () => {
    const answer = await send(content, 'Content-Type: application/octet-stream');
    expect(answer).toMatchObject({ status: 200 });
    expect(JSON.parse(answer?.body ?? '')).toEqual({ name: null, size, first: 'abcd', times: 1 });
  });

  test.each(['../../x', '/etc/x', '..\\\\..\\\\x'])('whose name is %s has the name x', async (name) => {
    const answer = await send(`${part(`name="file"; filename="${name}"`, content)}--XX--\r\n`);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ name: 'x' });
  });
});

test.each([
  ['without a boundary', part('name="file"; filename="a"', 'x'), 'Content-Type: multipart/form-data', 400],
  ['that ends in the middle', part('name="file"; filename="a"', 'x'), FORM, 400],
  ['of a hundred thousand parts', part('name="a"', '').repeat(100_000), FORM, 400],
  ['of noise', '\x00\xff'.repeat(1000), FORM, 400],
  ['without the file', '--XX--\r\n', FORM, 422],
  ['with text for the file', `${part('name="file"', 'x')}--XX--\r\n`, FORM, 422],
])('a form %s is refused', async (_, body, type, status) => {
  const answer = await send(body, type);
  expect(answer).toMatchObject({ status, headers: { 'x-racetrack-fault': 'caller' } });
  expect(JSON.parse(answer?.body ?? '')).toHaveProperty('detail');
});

describe('an answer that is a file', () => {
  test.each([0, 10, 5_000_000])('of %i bytes arrives whole, under its name', async (size) => {
    const answer = await fetch(`${job.address}/api/v1/download`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ size, name: 'bücher.csv' }),
    });
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(answer.headers.get('content-length')).toBe(String(size));
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="b_cher.csv"; filename*=UTF-8\'\'b%C3%BCcher.csv',
    );
    expect((await answer.arrayBuffer()).byteLength).toBe(size);
  });

  test('cannot bring a header in by its name', async () => {
    const { status, headers } = await call(job, 'download', { size: 1, name: 'a"\r\nSet-Cookie: b=1\r\n\r\n<p>' });
    expect([status, headers.get('set-cookie')]).toEqual([200, null]);
  });

  test('that is shorter than it was breaks off: nobody takes a part for the whole', async () => {
    const body = JSON.stringify({ size: 3_000_000, promised: 5_000_000 });
    const client = new RawClient(job.address);
    const head = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    client.send(post('/api/v1/download', head, body));
    expect(await client.answer()).toBeUndefined();
    expect(client.rest).toContain('content-length: 5000000');
    expect(job.logs()).toContain('fewer bytes than its Content-Length');
  });
});
