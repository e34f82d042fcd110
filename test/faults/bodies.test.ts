/** Owns the proof that no body, however odd or large, gets a 5xx, an unreadable answer, or no answer at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { post, RawClient } from '../../wrapper/verify/raw-client.ts';
import { body, expectRefusal, expectUntouched, JSON_TYPE, job, LIMIT, PERFORM, send, serveEcho } from './echo-job.ts';
import { call } from './running.ts';

serveEcho();

describe('a body', () => {
  test.each([
    ['{bad', 422],
    ['{"a":1', 422],
    ['{"a":1}}', 422],
    ['{"a":1} {"b":2}', 422],
    ['{"a":1,}', 422],
    ["{'a':1}", 422],
    ['[1,2]', 422],
    ['"text"', 422],
    ['1', 422],
    ['true', 422],
    ['{"a":"\n"}', 422],
    ['{"a":01}', 422],
    ['nul', 422],
    ['\ufeff', 422],
  ])('of %j is a 422 that never reaches the job', (text, status) =>
    expectUntouched(async () => expectRefusal(await send(body(text)), status)),
  );

  test.each([
    ['a lone continuation byte', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['Latin-1', Buffer.from('{"a":"é"}', 'latin1')],
    ['an overlong form', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a cut character', Buffer.from([0x7b, 0x22, 0xe2, 0x82])],
    ['noise', Buffer.from([0xff, 0xfe, 0xfd, 0x00, 0x9f])],
  ])('that is no UTF-8 (%s) is refused', (_, bytes) =>
    expectUntouched(async () => {
      const answer = await send(body(bytes));
      expectRefusal(answer, answer?.status === 422 ? 422 : 400);
    }),
  );

  test.each([5_000, 100_000])('nested %i levels deep is answered, and the server goes on', async (levels) => {
    const answer = await send(body(`${'['.repeat(levels)}${']'.repeat(levels)}`));
    expectRefusal(answer, answer?.status === 422 ? 422 : 400);
    const inObject = await send(body(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`));
    expect([200, 400]).toContain(inObject?.status);
    expect(await call(job, 'perform', { a: 1 })).toMatchObject({ status: 200, text: '{"a":1}' });
  });

  test('takes NaN and Infinity, and gives them back as null', async () => {
    expect(await send(body('{"a":NaN,"b":Infinity,"c":-Infinity}'))).toMatchObject({
      status: 200,
      body: '{"a":null,"b":null,"c":null}',
    });
    for (const which of ['nan', 'inf', '-inf'])
      expect((await call(job, 'special', { which })).text).toBe('{"value":null,"list":[null,1.5]}');
  });

  test('keeps odd but valid JSON as it is', async () => {
    const odd = '{"":0,"\\u0000":"\\ud83d\\ude00","a":1e400,"big":123456789012345678901234567890,"é":"\\/"}';
    const answer = await send(body(odd));
    expect(answer).toMatchObject({
      status: 200,
      body: '{"":0,"\\u0000":"😀","a":null,"big":123456789012345678901234567890,"é":"/"}',
    });
    expect(await send(body('{"a":"\\ud800"}'))).toMatchObject({ status: 200 });
    expect(await send(body(' \r\n{"a":1}\n '))).toMatchObject({ status: 200, body: '{"a":1}' });
    expect(await send(body(Buffer.from('{"a":1}', 'utf16le')))).toMatchObject({ status: 200 });
  });

  test('with the same member twice takes the last, as Python does', async () => {
    expect(await send(body('{"a":1,"a":2}'))).toMatchObject({ status: 200, body: '{"a":2}' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense', ''])(
    'of the type %j is a 422',
    (type) => expectUntouched(async () => expectRefusal(await send(body('{"a":1}', `Content-Type: ${type}`)), 422)),
  );

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json', 'application/json;'])(
    'of the type %j is JSON',
    async (type) => expect(await send(body('{"a":1}', `Content-Type: ${type}`))).toMatchObject({ status: 200 }),
  );

  test('that returns nested ever deeper is answered, not the end of the worker', async () => {
    const answer = await call(job, 'nested', { levels: 100_000 });
    expect(answer.status).toBeGreaterThanOrEqual(200);
    expect(await call(job, 'perform', { a: 1 })).toMatchObject({ status: 200 });
    expect(job.logs()).not.toMatch(/takes its place/);
  });
});

describe('a body over the limit', () => {
  const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;

  test('is refused by its Content-Length before it is sent', () =>
    expectUntouched(async () =>
      expectRefusal(await send(post(PERFORM, [JSON_TYPE, `Content-Length: ${LIMIT + 1}`])), 413),
    ));

  test('is refused, and the answer arrives although all of it is sent', () =>
    expectUntouched(async () => {
      const size = 8 * LIMIT;
      expectRefusal(await send(post(PERFORM, [JSON_TYPE, `Content-Length: ${size}`], 'x'.repeat(size))), 413);
      const { status } = await call(job, 'perform', { a: 'x'.repeat(2 * LIMIT) });
      expect(status).toBe(413);
    }));

  test('is refused when it comes in chunks, and the answer arrives', () =>
    expectUntouched(async () => {
      const head = post(PERFORM, [JSON_TYPE, 'Transfer-Encoding: chunked']);
      expectRefusal(await send(`${head}${chunk.repeat(100)}0\r\n\r\n`), 413);
    }));

  test('of endless chunks is cut off', () =>
    expectUntouched(async () => {
      const client = new RawClient(job.address);
      client.send(post(PERFORM, [JSON_TYPE, 'Transfer-Encoding: chunked']));
      for (let sent = 0; sent < 40 * LIMIT && !client.closed; sent += chunk.length) {
        client.send(chunk);
        await sleep(0);
      }
      expectRefusal(await client.answer(), 413);
      await client.end();
    }));

  test('is a 413, one of exactly the limit is served', async () => {
    const exact = `{"a":"${'x'.repeat(LIMIT - 8)}"}`;
    expect(exact.length).toBe(LIMIT);
    expect(await send(body(exact))).toMatchObject({ status: 200 });
    expectRefusal(await send(body(`${exact} `)), 413);
  });
});
