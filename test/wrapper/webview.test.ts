/** Owns the promise of the job's own user interface: WSGI and ASGI applications behind the real server, WebSockets included. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import superwstest from 'superwstest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { closeCode, closeReason } from '../../wrapper/http/close-code.ts';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const VIEW = '/api/v1/webview';
const ENV = { JOB_NAME: 'page', JOB_VERSION: '1.0.0' };
const EXACT = `/pub/job/page/1.0.0${VIEW}`;
const LATEST = `/pub/job/page/latest${VIEW}`;
const MANY = 200;

let job: WrapperUnderTest;

function serve(entrypoint: string, args: readonly string[] = []): void {
  beforeAll(async () => {
    job = await startWrapper({ entrypoint: join(JOBS, entrypoint), cwd: JOBS, env: ENV, args });
  });
  afterAll(() => job.stop());
}

const get = (path: string, init: RequestInit = {}) => fetch(job.address + path, { redirect: 'manual', ...init });
const text = async (path: string, init: RequestInit = {}) => (await get(path, init)).text();
const logged = (pattern: RegExp) => vi.waitFor(() => expect(job.logs()).toMatch(pattern), { timeout: 5000 });

/** A request through node:http: for what `fetch` hides. */
function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {}) {
  return new Promise<{ answer: IncomingMessage; body: Buffer }>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest(job.address + path, { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => resolve({ answer, body: Buffer.concat(pieces) }));
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Makes a request and leaves once the first byte of the answer, or after the given time. */
async function leave(path: string, milliseconds: number): Promise<void> {
  const { port } = new URL(job.address);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: page\r\n\r\n`);
  await Promise.race([new Promise((resolve) => socket.once('data', resolve)), sleep(milliseconds)]);
  socket.destroy();
}

describe('a WSGI application', () => {
  serve('webview_wsgi.py', ['--max-concurrency', '1']);

  test('sees the declared address by whichever it is asked', async () => {
    for (const base of [VIEW, EXACT, LATEST, `/pub/fatman/x/y${VIEW}`]) {
      expect(await text(`${base}/`)).toBe(`${EXACT}/`);
      expect(await text(`${base}/nope`)).toBe(`no page ${EXACT}/nope`);
    }
  });

  test('is served without a slash below its exact address only', async () => {
    expect((await get(EXACT)).status).toBe(200);
    for (const base of [VIEW, LATEST]) {
      const answer = await get(`${base}?a=1`);
      expect([answer.status, answer.headers.get('location')]).toEqual([307, 'webview/?a=1']);
    }
  });

  test('sends status and headers as they are', async () => {
    const { answer, body } = await ask(`${VIEW}/headers`, { headers: { origin: 'http://other' } });
    expect(answer.statusCode).toBe(207);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['x-latin']).toBe('\u00e9');
    expect(answer.headers['content-type']).toBe('text/x-mine');
    expect(answer.headers['content-length']).toBe('7');
    expect(answer.headers.vary).toBe('Cookie, Origin');
    expect(answer.headers['access-control-allow-origin']).toBe('http://other');
    expect(answer.headers.connection).not.toBe('close');
    expect(body.toString()).toBe('headers');
  });

  test('answers HEAD and 204 without a body', async () => {
    const head = await ask(`${VIEW}/large?100000`, { method: 'HEAD' });
    expect([head.answer.statusCode, head.answer.headers['content-length'], head.body.length]).toEqual([
      200,
      '100000',
      0,
    ]);
    const empty = await ask(`${VIEW}/empty`);
    expect([empty.answer.statusCode, empty.answer.headers['x-note'], empty.body.length]).toEqual([204, 'nothing', 0]);
    expect(empty.answer.headers['content-length']).toBeUndefined();
    expect(await text(`${VIEW}/empty/`)).toContain('no page');
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('takes %s', async (method) => {
    expect((await ask(`${VIEW}/`, { method })).answer.statusCode).toBe(200);
  });

  test('streams large bodies in and out', async () => {
    const size = 5_000_001;
    const body = Buffer.alloc(size, 'x');
    expect(await text(`${VIEW}/count`, { method: 'POST', body })).toBe(String(size));
    const chunked = await ask(`${VIEW}/count`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body });
    expect(chunked.body.toString()).toBe(String(size));
    const answer = await get(`${VIEW}/large?${size}`);
    expect(answer.headers.get('content-length')).toBe(String(size));
    expect((await answer.arrayBuffer()).byteLength).toBe(size);
  });

  test('says 100 Continue to a caller who waits for it', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { expect: '100-continue', 'content-length': '5' };
      const request = httpRequest(`${job.address}${VIEW}/count`, { method: 'POST', headers }, (response) => {
        response.on('data', (piece: Buffer) => resolve(piece.toString()));
      });
      request.on('error', reject);
      request.on('continue', () => request.end('12345'));
      request.flushHeaders();
    });
    expect(answer).toBe('5');
  });

  test('sends its pieces as they come', async () => {
    const pieces: string[] = [];
    const answer = await get(`${VIEW}/slow`);
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
      pieces.push(Buffer.from(piece).toString());
    expect(pieces).toEqual(['first ', 'second']);
  });

  test('may answer without reading the body', async () => {
    const answer = await get(`${VIEW}/ignore`, { method: 'POST', body: Buffer.alloc(3_000_000) });
    expect([answer.status, await answer.text()]).toEqual([403, 'not for you']);
  });

  test('is no call: it does not wait for a place', async () => {
    const slow = text(`${VIEW}/slow`);
    expect(await text(`${VIEW}/`)).toBe(`${EXACT}/`);
    expect(await slow).toBe('first second');
  });

  test('has a crash answered, attributed and logged', async () => {
    const answer = await get(`${VIEW}/crash`, { headers: { 'x-request-tracing-id': 'trace-7' } });
    expect([answer.status, answer.headers.get('x-racetrack-fault')]).toEqual([500, 'job']);
    expect(await answer.json()).toEqual({ error: 'the page is broken', type: 'ValueError' });
    await logged(/INFO {2}about to crash.*tracing_id=trace-7/);
    await logged(/ERROR the page is broken.*cause=ValueError.*webview_wsgi\.py:\d+.*tracing_id=trace-7/);
  });

  test('survives sys.exit', async () => {
    expect((await get(`${VIEW}/exit`)).status).toBe(500);
    expect((await get(`${VIEW}/`)).status).toBe(200);
  });

  test.each(['break', 'short', 'die_late'])('cuts the connection when the answer breaks off (%s)', async (page) => {
    const answer = await get(`${VIEW}/${page}`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    await vi.waitFor(async () => expect((await get(`${VIEW}/`)).status).toBe(200), { timeout: 5000 });
  });

  test('has a lost worker answered with 502', async () => {
    const answer = await get(`${VIEW}/die`);
    expect([answer.status, answer.headers.get('x-racetrack-fault')]).toEqual([502, 'job']);
    expect(await answer.json()).toMatchObject({ type: 'JobCrashed' });
    await vi.waitFor(async () => expect((await get(`${VIEW}/`)).status).toBe(200), { timeout: 5000 });
  });

  test('leaks no thread when callers go away', async () => {
    const threads = async () => Number(await text(`${VIEW}/threads`));
    await Promise.all(Array.from({ length: 20 }, () => text(`${VIEW}/slow`)));
    const before = await threads();
    for (let i = 0; i < MANY; i += 20) {
      await Promise.all(Array.from({ length: 20 }, () => leave(`${VIEW}/endless`, 1000)));
    }
    // Threads are kept for later requests: more than those that ran at once would be a leak.
    await vi.waitFor(async () => expect(await threads()).toBeLessThanOrEqual(before + 20), { timeout: 5000 });
    await Promise.all(Array.from({ length: 20 }, async () => expect(await text(`${VIEW}/`)).toBe(`${EXACT}/`)));
  });

  test('takes no WebSocket', async () => {
    await superwstest(job.address).ws(`${VIEW}/`).expectConnectionError(400);
  });
});

describe('the limit of the body', () => {
  serve('webview_wsgi.py', ['--max-body', '1MB']);

  test('refuses more with 413, declared or not', async () => {
    const body = Buffer.alloc(3_000_000);
    const declared = await get(`${VIEW}/count`, { method: 'POST', body });
    expect(declared.status).toBe(413);
    expect(await declared.json()).toMatchObject({ type: 'PayloadTooLarge' });
    const headers = { 'transfer-encoding': 'chunked' };
    expect((await ask(`${VIEW}/count`, { method: 'POST', headers, body })).answer.statusCode).toBe(413);
    expect(await text(`${VIEW}/count`, { method: 'POST', body: 'abc' })).toBe('3');
  });
});

describe('an ASGI application', () => {
  serve('webview_asgi.py');

  test('is mounted where it is asked', async () => {
    for (const base of [VIEW, EXACT, LATEST]) expect(await text(`${base}/`)).toBe(`${base} ${base}/`);
    expect(await text(EXACT)).toBe(`${EXACT} ${EXACT}/`);
    expect((await get(VIEW)).headers.get('location')).toBe('webview/');
  });

  test('has started up before the first request', async () => {
    await text(`${VIEW}/`);
    expect(job.logs().match(/interface is up/g)).toHaveLength(1);
  });

  test('answers while the body still arrives', async () => {
    const echoed = await new Promise<string>((resolve, reject) => {
      let seen = '';
      const request = httpRequest(`${job.address}${VIEW}/echo`, { method: 'POST' }, (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          seen += piece;
          if (seen === 'one') request.end(' two');
        });
        answer.on('end', () => resolve(seen));
      });
      request.on('error', reject);
      request.write('one');
    });
    expect(echoed).toBe('one two');
    const body = Buffer.alloc(3_000_000, 'x');
    expect((await ask(`${VIEW}/echo`, { method: 'POST', body })).body.equals(body)).toBe(true);
  });

  test('may send its head before there is a body', async () => {
    const seen = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(`${job.address}${VIEW}/head-first`, { method: 'POST' }, (answer) => {
        request.end('now');
        answer.on('data', (piece: Buffer) => resolve(`${answer.statusCode} ${piece}`));
      });
      request.on('error', reject);
      request.write('wait');
    });
    expect(seen).toBe('202 done');
  });

  test('has a crash answered and logged', async () => {
    const answer = await get(`${VIEW}/crash`);
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'the page is broken', type: 'LookupError' }]);
    await logged(/ERROR the page is broken/);
  });

  test('learns that a caller has left, and nothing remains', async () => {
    const tasks = async () => Number(await text(`${VIEW}/tasks`));
    const before = await tasks();
    await Promise.all(Array.from({ length: MANY }, () => leave(`${VIEW}/wait`, 300)));
    await vi.waitFor(() => expect(job.logs().match(/then came http\.disconnect/g)).toHaveLength(MANY), {
      timeout: 8000,
    });
    expect(await tasks()).toBe(before);
  });

  describe('with WebSockets', () => {
    const open = (path: string, protocols: string[] = []) => superwstest(job.address).ws(path, protocols);

    test.each([VIEW, EXACT, LATEST])('echoes below %s', async (base) => {
      await open(`${base}/echo`)
        .sendText('hé')
        .expectText('hé')
        .sendText('')
        .expectText('')
        .sendBinary([0, 255, 7])
        .expectBinary([0, 255, 7])
        .close(4001, 'enough')
        .expectClosed(4001, 'enough');
      await logged(/closed with 4001 enough/);
    });

    test('chooses the subprotocol and adds headers', async () => {
      const ws = new WebSocket(`${job.address.replace('http', 'ws')}${VIEW}/echo`, ['chat.v1', 'chat.v2']);
      const response = await new Promise<IncomingMessage>((resolve) => ws.once('upgrade', resolve));
      expect([response.headers['x-room'], response.headers['sec-websocket-protocol']]).toEqual(['7', 'chat.v2']);
      ws.close();
      await logged(/closed with 1005/);
    });

    test('closes with code and reason', async () => {
      await open(`${VIEW}/echo`).sendText('close').expectClosed(4002, 'as you wish');
    });

    test('has a crash closed with 1011 and logged', async () => {
      await open(`${VIEW}/echo`).sendText('crash').expectClosed(1011);
      await logged(/ERROR the socket is broken.*cause=LookupError/);
    });

    test('refuses, and has a crash before the handshake answered', async () => {
      await open(`${VIEW}/refuse`).expectConnectionError(403);
      await open(`${VIEW}/broken`).expectConnectionError(500);
      await open('/api/v1/perform').expectConnectionError(400);
      await open('/api/v1/webviewer').expectConnectionError(400);
    });

    test('refuses a handshake that is none', async () => {
      const headers = { connection: 'upgrade', upgrade: 'websocket' };
      expect((await ask(`${VIEW}/echo`, { headers })).answer.statusCode).toBe(400);
    });

    test('carries large messages, and refuses larger ones', async () => {
      const large = Buffer.alloc(8 * 1024 * 1024, 'x');
      await open(`${VIEW}/echo`)
        .sendBinary(large)
        .expectBinary((echoed: Uint8Array) => Buffer.from(echoed).equals(large))
        .sendBinary(Buffer.alloc(17 * 1024 * 1024))
        .expectClosed(1009);
    });

    test('loses nothing of a flood in either direction', async () => {
      const flood = new WebSocket(`${job.address.replace('http', 'ws')}${VIEW}/flood`);
      const numbers: number[] = [];
      flood.on('message', (message: Buffer) => numbers.push(message.readUInt32BE()));
      await new Promise((resolve) => flood.once('close', resolve));
      expect(numbers).toEqual(Array.from({ length: 2000 }, (_, number) => number));
      const slow = new WebSocket(`${job.address.replace('http', 'ws')}${VIEW}/slow`);
      await new Promise((resolve) => slow.once('open', resolve));
      for (let i = 0; i < 200; i++) slow.send(Buffer.alloc(20_000));
      const answer = await new Promise<Buffer>((resolve) => slow.once('message', resolve));
      expect(answer.toString()).toBe('4000000');
    });

    test('learns that the caller has vanished', async () => {
      const ws = new WebSocket(`${job.address.replace('http', 'ws')}${VIEW}/echo`);
      await new Promise((resolve) => ws.once('open', resolve));
      ws.terminate();
      await logged(/closed with 1006/);
    });

    test('is closed with 1011 when its worker dies, and the next one opens', async () => {
      await open(`${VIEW}/echo`).sendText('die').expectClosed(1011, 'the job crashed');
      await vi.waitFor(async () => expect((await get(`${VIEW}/`)).status).toBe(200), { timeout: 5000 });
      await open(`${VIEW}/echo`).sendText('again').expectText('again').close();
    });
  });
});

test('only codes and reasons that the protocol allows are sent in a close', () => {
  expect([1000, 1011, 3000, 4999].map(closeCode)).toEqual([1000, 1011, 3000, 4999]);
  expect([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5].map(closeCode)).toEqual(Array(9).fill(1000));
  expect(closeReason('short')).toBe('short');
  expect(closeReason('é'.repeat(62))).toBe('é'.repeat(61));
});

test('a stop tells WebSockets to go, ends endless answers, and lets the application shut down', async () => {
  const own = await startWrapper({
    entrypoint: join(JOBS, 'webview_asgi.py'),
    cwd: JOBS,
    env: ENV,
    args: ['--grace', '2'],
  });
  const ws = new WebSocket(`${own.address.replace('http', 'ws')}${VIEW}/echo`);
  await new Promise((resolve) => ws.once('open', resolve));
  const closed = new Promise<number>((resolve) => ws.once('close', resolve));
  const waiting = fetch(`${own.address}${VIEW}/wait`).catch((error: Error) => error.name);
  await vi.waitFor(() => expect(own.logs()).toMatch(/waiting/));
  await own.stop();
  expect(await closed).toBe(1001);
  expect(await waiting).toBe('TypeError');
  expect(own.logs()).toMatch(/closed with 1001/);
  expect(own.logs()).toMatch(/interface is down/);
});
