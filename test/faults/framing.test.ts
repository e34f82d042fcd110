/** Owns the proof that a request ends where everybody says it does: nothing is smuggled, answers come in order, `100` when due. */
import { describe, expect, test } from 'vitest';
import { post, RawClient } from '../../wrapper/verify/raw-client.ts';
import { expectRefusal, expectUntouched, JSON_TYPE, job, LIMIT, PERFORM, send, serveEcho } from './echo-job.ts';

serveEcho();

describe('framing', () => {
  const smuggled = `0\r\n\r\nPOST ${PERFORM} HTTP/1.1\r\nHost: job\r\nContent-Length: 2\r\n\r\n{}`;

  test.each([
    'Transfer-Encoding: identity',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, gzip',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked,identity',
    'Transfer-Encoding: chunked;',
    'Transfer-Encoding: chunked; q=1',
    'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: 'chunked'",
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunkedx',
    'Transfer-Encoding: chunked-',
    'Transfer-Encoding: ch\u00fcnked',
    'Transfer-Encoding: chunked\x00',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: chunked\x0c',
    'Transfer-Encoding: chun ked',
    'Transfer-Encoding: ,chunked',
    'Transfer-Encoding: chunked,',
    'Transfer-Encoding: ',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding\r\n : chunked',
    'Transfer-Encoding : chunked',
    ' Transfer-Encoding: chunked',
    'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: cow',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'X: y\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\rX: y',
  ])('%j is refused, and the job does not see it', (line) =>
    expectUntouched(async () => {
      const client = new RawClient(job.address);
      client.send(post(PERFORM, [JSON_TYPE, line], `2\r\n{}\r\n${smuggled}`));
      const first = await client.answer();
      if (first?.status !== 501) expectRefusal(first, 400);
      await client.end();
      expect(client.rest).toBe('');
    }),
  );

  test.each([
    'Content-Length: +2',
    'Content-Length: -2',
    'Content-Length: 2, 2',
    'Content-Length: 2,2',
    'Content-Length: 0x2',
    'Content-Length: 2.0',
    'Content-Length: 2e0',
    'Content-Length: two',
    'Content-Length: 2 2',
    'Content-Length: ',
    'Content-Length: 99999999999999999999',
    'Content-Length: 2\r\nContent-Length: 2',
    'Content-Length: 2\r\nContent-Length: 3',
    'Content-Length: 0\r\nContent-Length: 2',
    'Content-Length: 2\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 2',
    'Content-Length : 2',
  ])('%j is refused, and the job does not see it', (line) =>
    expectUntouched(async () => {
      const client = new RawClient(job.address);
      client.send(post(PERFORM, [JSON_TYPE, line], `{}${smuggled}`));
      expectRefusal(await client.answer(), 400);
      await client.end();
      expect(client.rest).toBe('');
    }),
  );

  test.each(['Host: other', 'Content-Type: application/json\r\nContent-Type: text/plain'])(
    'the repeated header %j is refused',
    (line) =>
      expectUntouched(async () => expectRefusal(await send(post(PERFORM, ['Content-Length: 2', line], '{}')), 400)),
  );

  test.each(['zz\r\n{}\r\n0\r\n\r\n', '-2\r\n{}\r\n0\r\n\r\n', '2\r\n{}XX0\r\n\r\n', 'FFFFFFFFFFFFFFFFF\r\n{}'])(
    'the malformed chunk %j is refused',
    (chunks) =>
      expectUntouched(async () =>
        expectRefusal(await send(post(PERFORM, [JSON_TYPE, 'Transfer-Encoding: chunked'], chunks)), 400),
      ),
  );

  test.each([
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 2',
    'Content-Length: 2\r\nContent-Type: text/plain',
    'Host: other',
  ])('%j is refused also when an upgrade is offered', (line) =>
    expectUntouched(async () => {
      const lines = [JSON_TYPE, 'Connection: Upgrade', 'Upgrade: h2c', line];
      const client = new RawClient(job.address);
      client.send(post(PERFORM, lines, `2\r\n{}\r\n${smuggled}`));
      expectRefusal(await client.answer(), 400);
      await client.end();
      expect(client.rest).toBe('');
    }),
  );

  test('a refusal can be read although its request is large', () =>
    expectUntouched(async () => {
      const lines = [JSON_TYPE, JSON_TYPE, `Content-Length: ${8 * LIMIT}`];
      expectRefusal(await send(post(PERFORM, lines, 'x'.repeat(8 * LIMIT))), 400);
    }));

  test('a well-formed chunked body is served, with extensions, trailers and any case', async () => {
    for (const line of ['Transfer-Encoding: chunked', 'transfer-encoding: CHUNKED', 'Transfer-Encoding:chunked  ']) {
      const chunks = '3;name=value\r\n{"a\r\n4\r\n":1}\r\n0\r\nTrailer: x\r\n\r\n';
      expect(await send(post(PERFORM, [JSON_TYPE, line], chunks))).toMatchObject({ status: 200, body: '{"a":1}' });
    }
  });
});

describe('Expect: 100-continue', () => {
  test('gets the go-ahead before the body is sent', async () => {
    const client = new RawClient(job.address);
    client.send(post(PERFORM, [JSON_TYPE, 'Content-Length: 7', 'Expect: 100-continue']));
    expect(await client.answer()).toMatchObject({ status: 100 });
    client.send('{"a":1}');
    expect(await client.answer()).toMatchObject({ status: 200, body: '{"a":1}' });
    client.destroy();
  });

  test.each([
    [PERFORM, `Content-Length: ${LIMIT + 1}`, 413],
    ['/api/v1/nothing', 'Content-Length: 7', 404],
    ['/live', 'Content-Length: 7', 405],
  ])('for %s with %s is refused without it', (path, length, status) =>
    expectUntouched(async () => {
      const answer = await send(post(path, [JSON_TYPE, length, 'Expect: 100-continue']));
      expectRefusal(answer, status);
      expect(answer?.headers.connection).toBe('close');
    }),
  );

  test('of another kind is ignored', async () => {
    const bytes = post(PERFORM, [JSON_TYPE, 'Content-Length: 7', 'Expect: wonders'], '{"a":1}');
    expect(await send(bytes)).toMatchObject({ status: 200, body: '{"a":1}' });
  });
});

describe('one connection', () => {
  test('takes requests one after the other without waiting, and answers in order', async () => {
    const client = new RawClient(job.address);
    const requests = [
      post('/api/v1/sleep', ['Content-Length: 2'], '{}'),
      ...[1, 2, 3].map((n) => post(PERFORM, ['Content-Length: 7'], `{"a":${n}}`)),
      'GET /live HTTP/1.1\r\nHost: job\r\n\r\n',
    ];
    client.send(requests.join(''));
    const bodies = [];
    for (const _ of requests) bodies.push((await client.answer())?.body);
    expect(bodies).toEqual(['"slept"', '{"a":1}', '{"a":2}', '{"a":3}', '{"live":true,"deployment_timestamp":null}']);
    client.destroy();
  });

  test('answers what came before garbage first', async () => {
    const client = new RawClient(job.address);
    client.send(`${post('/api/v1/sleep', ['Content-Length: 2'], '{}')}garbage\r\n\r\n`);
    const first = await client.answer();
    expect(first === undefined || first.body === '"slept"').toBe(true);
    await client.end();
  });

  test('goes on after every refusal that leaves it in order', async () => {
    const client = new RawClient(job.address);
    for (const [path, text, status] of [
      [PERFORM, '{bad', 422],
      ['/api/v1/nothing', '{}', 404],
      ['/live', '{}', 405],
      [PERFORM, '{}', 200],
    ] as const) {
      client.send(post(path, [JSON_TYPE, `Content-Length: ${text.length}`], text));
      expect((await client.answer())?.status).toBe(status);
    }
    client.destroy();
  });
});
