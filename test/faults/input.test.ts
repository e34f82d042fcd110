/** Owns the proof that no request, however odd, gets a 5xx, an unreadable answer, or no answer at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareJob } from '../../wrapper/cli/job.ts';
import { parseRunOptions } from '../../wrapper/cli/options.ts';
import { DEFAULT_LIMITS } from '../../wrapper/config.ts';
import { createLogger } from '../../wrapper/core/log.ts';
import { type Service, startService } from '../../wrapper/service.ts';
import { exchange, post, type RawAnswer, RawClient } from '../../wrapper/verify/raw-client.ts';
import { expectRefusal, expectUntouched, JSON_TYPE, job, PERFORM, send, serveEcho } from './echo-job.ts';
import { oddTexts } from './odd-texts.ts';
import { call, get, JOBS, MARKED } from './running.ts';

serveEcho();

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
