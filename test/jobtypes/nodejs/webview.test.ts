/** A job's own pages through a real server: Express, a server with WebSockets, and a plain function. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

const start = (file: string) => startWrapper({ entrypoint: join(import.meta.dirname, 'jobs', file) });

describe('an Express application', () => {
  let job: WrapperUnderTest;
  let pages: string;
  beforeAll(async () => {
    job = await start('pages-express.ts');
    pages = `${job.address}/api/v1/webview`;
  });
  afterAll(() => job.stop());

  test('sees addresses below its mount, and knows what it is', async () => {
    const at = (prefix: string) => fetch(`${job.address}${prefix}/api/v1/webview/?a=1`).then((answer) => answer.text());
    const declared = '/pub/job/pages-express/0.0.1/api/v1/webview';
    expect(await at('')).toBe(`<a href="/api/v1/webview/about">about</a> ${declared} /api/v1/webview/?a=1`);
    const other = '/pub/job/x/latest';
    expect(await at(other)).toBe(
      `<a href="${other}/api/v1/webview/about">about</a> ${declared} ${other}/api/v1/webview/?a=1`,
    );
  });

  test('knows the caller and the request', async () => {
    const response = await fetch(`${pages}/who?b=2`, { headers: { 'x-request-tracing-id': 'p1' } });
    expect(await response.json()).toEqual({ ip: '127.0.0.1', tracing: 'p1', query: { b: '2' } });
    expect((await fetch(`${pages}/nowhere`)).status).toBe(404);
    expect((await fetch(`${pages}/who`, { method: 'HEAD' })).status).toBe(200);
  });

  test.each([10, 3_000_000])('takes and gives bodies of %s bytes', async (size) => {
    const body = Buffer.alloc(size, 'ab');
    const response = await fetch(`${pages}/echo`, { method: 'POST', body, headers: { 'content-type': 'x/y' } });
    expect([response.headers.get('content-type'), response.headers.getSetCookie()]).toEqual(['x/y', ['a=1', 'b=2']]);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  test('sees a reader leave', async () => {
    const left = new AbortController();
    const response = await fetch(`${pages}/slow`, { signal: left.signal });
    await response.body?.getReader().read();
    left.abort();
    await expect.poll(() => job.logs()).toContain('the reader has left /slow');
  });

  test('answers its own errors', async () => {
    const response = await fetch(`${pages}/fail`);
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('the page is broken')]);
  });
});

describe('a server with WebSockets', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await start('pages-server.ts');
  });
  afterAll(() => job.stop());

  const open = (path: string, protocols: string[] = []) =>
    new WebSocket(`${job.address.replace('http', 'ws')}/api/v1/webview${path}`, protocols, {
      headers: { 'x-caller-name': 'ada' },
    });

  test('serves pages', async () => {
    const response = await fetch(`${job.address}/api/v1/webview/`);
    expect([response.status, await response.text()]).toEqual([418, 'a page']);
  });

  test('exchanges messages until one side closes', async () => {
    const socket = open('/chat?x=1', ['first', 'second']);
    const messages: (string | Buffer)[] = [];
    socket.on('message', (data, binary) => messages.push(binary ? (data as Buffer) : String(data)));
    await new Promise((resolve) => socket.once('open', resolve));
    expect(socket.protocol).toBe('first');
    const large = 'ü'.repeat(500_000);
    socket.send('text');
    socket.send(Buffer.from([0, 255]));
    socket.send(large);
    socket.send('close');
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
      socket.once('close', (...closing) => resolve(closing)),
    );
    expect(messages).toEqual(['hello ada at /chat?x=1', 'text', Buffer.from([0, 255]), large]);
    expect([code, String(reason)]).toEqual([4001, 'as you wish']);
  });

  test('hears that the caller has closed', async () => {
    const socket = open('/');
    await new Promise((resolve) => socket.once('open', resolve));
    socket.close(4002);
    await expect.poll(() => job.logs()).toContain('closed with 4002');
  });

  test('may refuse', async () => {
    const socket = open('/refused');
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    socket.on('error', () => {});
    expect(status).toBe(403);
  });
});

describe('a plain function', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await start('pages-plain.mjs');
  });
  afterAll(() => job.stop());

  test('answers, and fails as a call does', async () => {
    const at = (path: string) => fetch(`${job.address}/api/v1/webview${path}`);
    expect(await (await at('/a')).text()).toBe('plain GET /a true');
    const failed = await at('/boom');
    expect([failed.status, failed.headers.get('x-racetrack-fault')]).toEqual([404, 'caller']);
    expect(await failed.json()).toEqual({ error: 'no page', type: 'Error' });
    await expect(at('/half').then((response) => response.text())).rejects.toThrow();
    expect(job.logs()).toContain('a page has failed: half way');
  });
});
