/** What reaches a program behind the wrapper, and what of its answers reaches the caller. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

const ECHO = join(import.meta.dirname, 'programs/echo.mjs');
const PREFIX = '/pub/job/echo/latest';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ args: ['--command', `node ${ECHO}`, '--max-body', '8M'] });
}, 30_000);
afterAll(() => job.stop());

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly trailers: Record<string, string | undefined>;
  readonly text: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

function ask(path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(job.address + path, { method, headers, agent: false });
    req.once('error', reject);
    req.once('response', async (res) => {
      let text = '';
      try {
        for await (const piece of res.setEncoding('latin1')) text += piece;
      } catch (error) {
        reject(error);
      }
      resolve({ status: res.statusCode as number, headers: res.headers, trailers: res.trailers, text });
    });
    req.end(body);
  });
}

const json = ({ text }: Reply) => JSON.parse(text);

describe('addresses', () => {
  test.each([
    ['/api/v1/perform', '/perform'],
    [`${PREFIX}/api/v1/perform`, '/perform'],
    ['/api/v1/echo?a=%20b', '/echo?a=%20b'],
    ['/echo', '/echo'],
    [`${PREFIX}/echo?x=1&x=2`, '/echo?x=1&x=2'],
  ])('POST %s reaches the program as %s', async (path, url) => {
    expect(json(await ask(path, { method: 'POST', body: '{}' })).url).toBe(url);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('%s is passed on', async (method) => {
    expect(json(await ask('/echo', { method, body: 'x', headers: { 'content-length': '1' } }))).toMatchObject({
      method,
      body: 'x',
    });
  });

  test("the wrapper's own routes stay its own; the program's are below /api/v1", async () => {
    expect(json(await ask('/ready'))).toEqual({ ready: true });
    expect((await ask('/api/v1/ready')).text).toBe('nothing at /ready');
    expect((await ask('/metrics')).text).toContain('endpoint_requests_started_total');
    expect((await ask('/')).text).toBe('nothing at /');
  });
});

describe('the head of a request', () => {
  test('says who asks, and where', async () => {
    const { headers } = json(
      await ask(`${PREFIX}/api/v1/echo`, { headers: { host: 'jobs.example', 'x-forwarded-for': '10.0.0.1' } }),
    );
    expect(headers).toMatchObject({
      host: 'jobs.example',
      'x-forwarded-host': 'jobs.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
      'x-forwarded-prefix': `${PREFIX}/api/v1`,
    });
  });

  test('is passed on without what is about the connection only', async () => {
    const headers = {
      connection: 'X-Hop, close',
      'x-hop': '1',
      te: 'trailers',
      'proxy-connection': 'x',
      'X-Kept': 'Yes',
    };
    const { headers: got, raw } = json(await ask('/echo', { headers }));
    expect(got).not.toHaveProperty('x-hop');
    expect(got).not.toHaveProperty('te');
    expect(got).not.toHaveProperty('proxy-connection');
    expect(raw).toContain('X-Kept');
  });
});

describe('answers', () => {
  test.each([
    ['/echo', `${PREFIX}/echo`],
    ['http://{own}/echo', `${PREFIX}/echo`],
    ['http://elsewhere.example/echo', 'http://elsewhere.example/echo'],
    ['echo', 'echo'],
    [`${PREFIX}/echo`, `${PREFIX}/echo`],
  ])('a redirect to %s leads the caller to %s', async (to, expected) => {
    const { headers } = await ask(`${PREFIX}/redirect?to=${encodeURIComponent(to)}`);
    expect(headers.location).toBe(expected);
    expect(headers['content-location']).toBe(expected);
  });

  test('a redirect can be followed below /api/v1', async () => {
    const { headers } = await ask(`${PREFIX}/api/v1/redirect?to=/echo`);
    expect(headers.location).toBe(`${PREFIX}/api/v1/echo`);
    expect(json(await ask(headers.location as string)).url).toBe('/echo');
  });

  test('cookies belong to the job, not to its neighbours', async () => {
    const { headers } = await ask(`${PREFIX}/redirect?to=/`);
    expect(headers['set-cookie']).toEqual([`a=1; Path=${PREFIX}/`, `b=2; path=${PREFIX}/inner; HttpOnly`]);
  });

  test.each([
    [200, undefined],
    [404, 'caller'],
    [418, 'caller'],
    [500, 'job'],
    [503, 'job'],
  ])('status %i keeps its headers and tells whose fault it is: %s', async (status, fault) => {
    const reply = await ask(`/status?code=${status}`);
    expect(reply).toMatchObject({ status, text: 'text' });
    expect(reply.headers['x-custom']).toBe('kept');
    expect(reply.headers['x-racetrack-fault']).toBe(fault);
  });

  test('HEAD has the headers and no body', async () => {
    expect(await ask('/status?code=200', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });
});

describe('bodies', () => {
  test('a large one streams up', async () => {
    const reply = await ask('/upload', { method: 'POST', body: Buffer.alloc(5_000_000) });
    expect(json(reply).size).toBe(5_000_000);
  });

  test('a large one streams down', async () => {
    expect((await ask('/download')).text.length).toBe(4 * 1024 * 1024);
  });

  test('one in chunks arrives', async () => {
    const reply = await ask('/upload', { method: 'POST', body: 'abc', headers: { 'transfer-encoding': 'chunked' } });
    expect(json(reply).size).toBe(3);
  });

  test.each(['content-length', 'transfer-encoding'])('one above the limit is refused (%s)', async (framing) => {
    const headers: Record<string, string> = framing === 'content-length' ? {} : { 'transfer-encoding': 'chunked' };
    const reply = await ask('/upload', { method: 'POST', body: Buffer.alloc(9 * 1024 * 1024), headers });
    expect(reply).toMatchObject({ status: 413 });
    expect(json(reply).type).toBe('PayloadTooLarge');
  });

  test('an answer that does not wait for the body ends the call', async () => {
    const reply = await ask('/early', { method: 'POST', body: Buffer.alloc(200_000) });
    expect(reply).toMatchObject({ status: 413, text: 'enough' });
  });
});

describe('answers that cannot be trusted', () => {
  test.each([
    ['Transfer-Encoding: xchunked', 'HTTP/1.1 200 OK|Transfer-Encoding: xchunked||0||'],
    ['Transfer-Encoding twice', 'HTTP/1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||'],
    ['both framings', 'HTTP/1.1 200 OK|Content-Length: 5|Transfer-Encoding: chunked||0||'],
    ['Content-Length twice', 'HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6||hello'],
    ['a negative Content-Length', 'HTTP/1.1 200 OK|Content-Length: -5||hello'],
    ['no HTTP at all', 'hello||'],
    ['a short body', 'HTTP/1.1 200 OK|Content-Length: 50||hello'],
  ])('%s is a 502', async (_title, head) => {
    const reply = await ask(`/raw?head=${encodeURIComponent(head)}`);
    expect(reply).toMatchObject({ status: 502 });
    expect(json(reply).type).toMatch(/^Program(ReplyInvalid|Unreachable)$/);
    expect(reply.headers['x-racetrack-fault']).toBe('job');
  });

  test('a large body that breaks off is no complete answer', async () => {
    await expect(ask('/break')).rejects.toThrow();
  });

  test('a small body that breaks off is a 502', async () => {
    expect(await ask('/break-small')).toMatchObject({ status: 502 });
  });
});

test('a program that is silent is given up at the deadline', async () => {
  const reply = await ask('/silent', { headers: { 'x-request-timeout': '0.2' } });
  expect(reply.status).toBe(504);
  expect(json(reply)).toEqual({ error: 'the program did not answer within 0.2 s', type: 'JobTimeout' });
});
