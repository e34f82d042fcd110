/** Owns the proof that no request, however odd, gets a 5xx, an unreadable answer, or no answer at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareJob } from '../../wrapper/cli/job.ts';
import { parseRunOptions } from '../../wrapper/cli/options.ts';
import { DEFAULT_LIMITS } from '../../wrapper/config.ts';
import { createLogger } from '../../wrapper/core/log.ts';
import { type Service, startService } from '../../wrapper/service.ts';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { oddTexts } from './odd-texts.ts';
import { exchange, post, type RawAnswer, RawClient } from './raw-http.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, JOBS, MARKED, start } from './running.ts';

const PERFORM = '/api/v1/perform';
const LIMIT = 1024 * 1024;
const JSON_TYPE = 'Content-Type: application/json';

let job: WrapperUnderTest;

isolateTemporaryFiles();
beforeAll(async () => {
  job = await start('echo.py', { args: ['--max-body', '1M'] });
});
afterAll(expectNothingLeft);

const count = async (): Promise<number> => Number((await call(job, 'count')).text);
const send = (bytes: string | Buffer, options: { head?: boolean } = {}) => exchange(job.address, bytes, options);

/** An error that a program and a person can read, and that says whose fault it is. */
function expectRefusal(answer: RawAnswer | undefined, status: number): void {
  expect(answer).toBeDefined();
  const { headers, body } = answer as RawAnswer;
  expect({ status: answer?.status, body }).toMatchObject({ status });
  expect(headers['content-type']).toBe('application/json');
  expect(headers['x-racetrack-fault']).toBe('caller');
  const said = JSON.parse(body) as { error?: string; detail?: unknown };
  expect(said.error ?? said.detail).toBeTruthy();
}

/** The job has not seen anything, and the server is as good as before. */
async function expectUntouched(work: () => Promise<void>): Promise<void> {
  const before = await count();
  await work();
  expect(await count()).toBe(before);
  expect((await get(job, '/ready')).status).toBe(200);
}

const body = (text: string | Buffer, type = JSON_TYPE) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(post(PERFORM, [type, `Content-Length: ${bytes.length}`])), bytes]);
};

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

  test('a well-formed chunked body is served, with extensions, trailers and any case', async () => {
    for (const line of ['Transfer-Encoding: chunked', 'transfer-encoding: CHUNKED', 'Transfer-Encoding:chunked  ']) {
      const chunks = '3;name=value\r\n{"a\r\n4\r\n":1}\r\n0\r\nTrailer: x\r\n\r\n';
      expect(await send(post(PERFORM, [JSON_TYPE, line], chunks))).toMatchObject({ status: 200, body: '{"a":1}' });
    }
  });
});

describe('a request', () => {
  test.each([
    'garbage\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /live HTTP/9.9\r\nHost: job\r\n\r\n',
    'get /live HTTP/1.1\r\nHost: job\r\n\r\n',
    'BREW /live HTTP/1.1\r\nHost: job\r\n\r\n',
    'GET /live HTTP/1.1\r\nHost: job\r\nno colon\r\n\r\n',
    'GET /live HTTP/1.1\r\nHost: job\r\nX: a\x00b\r\n\r\n',
    'GET /li ve HTTP/1.1\r\nHost: job\r\n\r\n',
    'GET /live HTTP/1.1\r\n\r\n',
    'POST /api/v1/perform HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}',
  ])('%j is a 400', (bytes) => expectUntouched(async () => expectRefusal(await send(bytes), 400)));

  test('that is merely out of shape is served or refused', () =>
    expectUntouched(async () => {
      for (const bytes of ['GET /live\r\n\r\n', 'GET  /live HTTP/1.1\r\nHost: job\r\n\r\n'])
        expect([200, 400]).toContain((await send(bytes))?.status);
    }));

  test('of HTTP/1.0 needs no Host', async () => {
    expect(await send('GET /live HTTP/1.0\r\n\r\n')).toMatchObject({ status: 200 });
  });

  test('with a target in absolute form is served', async () => {
    expect(await send('GET http://job/live?x=1 HTTP/1.1\r\nHost: job\r\n\r\n')).toMatchObject({ status: 200 });
    const head = `POST http://other:80${PERFORM} HTTP/1.1\r\nHost: job\r\nContent-Length: 7\r\n\r\n`;
    expect(await send(`${head}{"a":1}`)).toMatchObject({ status: 200, body: '{"a":1}' });
  });

  test.each([`X-Big: ${'x'.repeat(20_000)}`, ...[`X-Many: ${'x'.repeat(50)}\r\n`.repeat(400).trimEnd()]])(
    'with headers over the limit is a 431 (%#)',
    (line) => expectUntouched(async () => expectRefusal(await send(post(PERFORM, [line])), 431)),
  );

  test('with an address over the limit is a 431', () =>
    expectUntouched(async () =>
      expectRefusal(await send(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: job\r\n\r\n`), 431),
    ));

  test('with many small headers is served', async () => {
    const lines = Array.from({ length: 500 }, (_, at) => `X-${at}: ${at}`);
    expect(await send(post(PERFORM, [...lines, 'Content-Length: 2'], '{}'))).toMatchObject({ status: 200 });
  });

  test('that asks for an upgrade nobody offers is served as it is', async () => {
    const lines = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
    expect(await send(post(PERFORM, [...lines, 'Content-Length: 7'], '{"a":1}'))).toMatchObject({
      status: 200,
      body: '{"a":1}',
    });
  });

  test.each(['abc', '-1', '0', ' ', '1s', '1,5', 'NaN', '--1', '1 2', 'é'])(
    'with X-Request-Timeout %j is a 400',
    (value) =>
      expectUntouched(async () =>
        expectRefusal(await send(post(PERFORM, [`X-Request-Timeout: ${value}`, 'Content-Length: 2'], '{}')), 400),
      ),
  );

  test.each(['1', '0.5', '1e3', '99999999999'])('with X-Request-Timeout %j is served', async (value) => {
    const answer = await send(post(PERFORM, [`X-Request-Timeout: ${value}`, 'Content-Length: 2'], '{}'));
    expect(answer).toMatchObject({ status: 200 });
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

describe('verbs', () => {
  test.each(['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'M-SEARCH', 'LOCK'])(
    '%s is a 404 or 405 everywhere',
    (verb) =>
      expectUntouched(async () => {
        for (const path of ['/live', '/ready', '/metrics', PERFORM, '/api/v1/parameters', '/nothing', '/', '*']) {
          const head = verb === 'HEAD';
          const answer = await send(`${verb} ${path} HTTP/1.1\r\nHost: job\r\n\r\n`, { head });
          expect([path, answer?.status]).toEqual([path, path === '/nothing' || path === '*' ? 404 : 405]);
          if (!head) expectRefusal(answer, answer?.status as number);
        }
      }),
  );

  test('HEAD sends no body', async () => {
    const client = new RawClient(job.address);
    client.send('HEAD /nothing HTTP/1.1\r\nHost: job\r\n\r\nGET /live HTTP/1.1\r\nHost: job\r\n\r\n');
    expect(await client.answer({ head: true })).toMatchObject({ status: 404 });
    expect(await client.answer()).toMatchObject({ status: 200 });
    client.destroy();
  });

  test('CONNECT is refused', () =>
    expectUntouched(async () =>
      expectRefusal(await send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'), 400),
    ));
});

describe('paths', () => {
  test.each(['/api/v1/%70erform', '/api/v1/perfor%6D', '/api/v1/with%20space/n%C3%A4me'])(
    '%s is understood',
    async (path) => {
      expect(await send(post(path, ['Content-Length: 7'], '{"a":1}'))).toMatchObject({ status: 200, body: '{"a":1}' });
    },
  );

  test.each([
    '/api/v1/perform%',
    '/api/v1/%zz',
    '/api/v1/%ff%fe',
    '/api/v1/%c0%ae%c0%ae',
    '/api/v1/perform%00',
    '/api/v1/perform%2f',
    '/api/v1/../../etc/passwd',
    '/api/v1/%2e%2e/%2e%2e/etc/passwd',
    '//api/v1/perform',
    '/api//v1/perform',
    '/api/v1/perform;x=1',
    '/api/v1/PERFORM',
    '/pub/job//x/api/v1/perform',
    '/pub/job/x//api/v1/perform',
    '/api/v1/__proto__',
    '/api/v1/constructor',
    '/api/v1/toString',
    '/__proto__',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%',
  ])('%s is a 404 and reads nothing', (path) =>
    expectUntouched(async () => {
      for (const verb of ['GET', 'POST'])
        expectRefusal404or405(await send(`${verb} ${path} HTTP/1.1\r\nHost: job\r\nContent-Length: 0\r\n\r\n`));
    }),
  );

  function expectRefusal404or405(answer: RawAnswer | undefined): void {
    expect([404, 405]).toContain(answer?.status);
    expect(answer?.headers['content-type']).toMatch(/^application\/json/);
  }
});

describe('odd texts', () => {
  /** What a header may hold: everything but control characters, as bytes. */
  const headerValue = (text: string) =>
    Buffer.from(text, 'utf8')
      .toString('latin1')
      .replaceAll(/\p{Cc}/gu, '');

  test('in path, query, headers and body never bring a 5xx or a hang', async () => {
    const client = new RawClient(job.address);
    for (const text of oddTexts) {
      const escaped = encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, '?'));
      const value = headerValue(text);
      const json = JSON.stringify({ [text]: text });
      client.send(
        `GET /api/v1/${escaped}?${escaped}=${escaped} HTTP/1.1\r\nHost: job\r\nX-Caller-Name: ${value}\r\n\r\n`,
      );
      const odd = await client.answer();
      expect([text, odd?.status]).toEqual([text, 404]);
      const lines = [`X-Request-Tracing-Id: ${value}`, `Accept: ${value}`, `Origin: ${value}`, JSON_TYPE];
      client.send(post(`${PERFORM}?${escaped}`, [...lines, `Content-Length: ${Buffer.byteLength(json)}`]));
      client.send(Buffer.from(json));
      const answer = await client.answer();
      expect([text, answer?.status]).toEqual([text, 200]);
      expect(JSON.parse(answer?.body ?? '')).toEqual(JSON.parse(json));
    }
    client.destroy();
  });

  test('unescaped in the address are refused or not found', async () => {
    for (const text of oddTexts) {
      const bytes = Buffer.from(text, 'utf8')
        .toString('latin1')
        .replaceAll(/[\r\n]/g, '');
      const answer = await send(`GET /api/v1/x${bytes} HTTP/1.1\r\nHost: job\r\n\r\n`);
      expect([text, [400, 404].includes(answer?.status ?? 0)]).toEqual([text, true]);
    }
  });

  test('leave every line of the log a line of its own', async () => {
    expect(
      job
        .logs()
        .split('\n')
        .filter((line) => line !== '' && !/^\[\d{4}-/.test(line)),
    ).toEqual([]);
  });
});

describe('many connections', () => {
  test('1,000 idle ones, and calls and probes are answered', async () => {
    const idle = Array.from({ length: 1_000 }, () => new RawClient(job.address));
    await Promise.all(idle.map((client) => new Promise((resolve) => client.socket.once('connect', resolve))));
    for (let round = 0; round < 5; round++) {
      expect(await call(job, 'perform', { round })).toMatchObject({ status: 200, text: `{"round":${round}}` });
      expect((await get(job, '/live')).status).toBe(200);
      expect((await get(job, '/metrics')).status).toBe(200);
    }
    const last = idle.at(-1) as RawClient;
    last.send(post(PERFORM, ['Content-Length: 2'], '{}'));
    expect(await last.answer()).toMatchObject({ status: 200 });
    for (const client of idle) client.destroy();
  });

  test('callers that leave in the middle of their bodies leave nothing behind', async () => {
    await expectUntouched(async () => {
      for (let round = 0; round < 50; round++) {
        const client = new RawClient(job.address);
        client.send(post(PERFORM, ['Content-Length: 100'], '{"a":'));
        await sleep(1);
        client.destroy();
      }
    });
  });
});

describe('a slow request', () => {
  let service: Service;
  const requestMs = 600;

  beforeAll(async () => {
    const options = { ...parseRunOptions([]), host: '127.0.0.1', port: 0 };
    const env = { ...process.env, ...MARKED };
    const request = { path: 'echo.py', className: undefined, options, env, cwd: JOBS, onOutput: () => {} };
    const { config, started } = await prepareJob(request);
    const sink = { write: () => {}, flush: async () => {}, dropped: 0 };
    const limits = { ...DEFAULT_LIMITS, requestMs };
    service = await startService(
      { ...config, limits },
      { logger: createLogger(sink, { structured: false }), sink, started },
    );
    await service.settled();
  });
  afterAll(() => service.stop());

  test.each([
    ['in the middle of its first line', 'GET /li'],
    ['in the middle of its headers', 'GET /live HTTP/1.1\r\nHost: job\r\nX: '],
    ['before its body', post(PERFORM, [JSON_TYPE, 'Content-Length: 7'])],
    ['in the middle of its body', post(PERFORM, [JSON_TYPE, 'Content-Length: 7'], '{"a"')],
    ['between two chunks', post(PERFORM, [JSON_TYPE, 'Transfer-Encoding: chunked'], '1\r\n{\r\n')],
  ])('that stops %s is a 408', async (_, bytes) => {
    const client = new RawClient(service.address);
    client.send(bytes);
    expectRefusal(await client.answer(), 408);
    await client.end();
  });

  test('limits only the sending: a call may take longer', async () => {
    const answer = await exchange(service.address, post('/api/v1/sleep', ['Content-Length: 15'], '{"seconds":1.8}'));
    expect(answer).toMatchObject({ status: 200 });
  });
});
