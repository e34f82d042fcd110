/** Sending files: validators, ranges, and paths that lead out of the folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guessMediaType, serveFolder, serveStaticFile } from '../../wrapper/http/static-files.ts';

const base = mkdtempSync(join(tmpdir(), 'static-files-'));
const folder = join(base, 'static');
const big = join(base, 'big.bin');
const BIG_SIZE = 64 * 1024 * 1024;
let server: Server;

/** `/one/NAME` sends that file of `base`; everything else is looked for in the folder. */
beforeAll(async () => {
  mkdirSync(join(folder, 'css'), { recursive: true });
  mkdirSync(join(base, 'static-secret'));
  writeFileSync(join(base, 'secret.txt'), 'secret');
  writeFileSync(join(base, 'static-secret', 'key'), 'secret');
  writeFileSync(join(base, 'letters.txt'), 'abcdefghij');
  writeFileSync(join(base, 'empty.txt'), '');
  writeFileSync(join(folder, 'css', 'style.css'), 'body {}');
  writeFileSync(join(folder, 'a b é.txt'), 'spaced');
  writeFileSync(join(folder, '%2e%2e'), 'a literal name');
  symlinkSync(join(base, 'secret.txt'), join(folder, 'out.txt'));
  symlinkSync(base, join(folder, 'up'));
  symlinkSync(join(folder, 'css'), join(folder, 'inside'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  server = createServer((request, response) => {
    const path = request.url ?? '';
    const one = /^\/one\/(.+)$/.exec(path)?.[1];
    const sent = one
      ? serveStaticFile({ file: join(base, one), mediaType: guessMediaType(one) }, request, response)
      : serveFolder(folder, path.slice(1), request, response);
    sent.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  rmSync(base, { recursive: true });
});

const api = () => supertest(server);

describe('one file', () => {
  test('is sent whole, with its type, length and validators', async () => {
    const answer = await api().get('/one/letters.txt').expect(200);
    expect(answer.text).toBe('abcdefghij');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'accept-ranges': 'bytes',
    });
    expect(answer.headers.etag).toMatch(/^"[\w-]+"$/);
    expect(Date.parse(answer.headers['last-modified'] ?? '')).not.toBeNaN();
  });

  test('an empty file is an empty answer', async () => {
    const answer = await api().get('/one/empty.txt').expect(200);
    expect(answer.headers['content-length']).toBe('0');
  });

  test('one that has vanished, or is a folder, is not found', async () => {
    for (const name of ['gone.txt', 'static']) {
      const answer = await api().get(`/one/${name}`).expect(404);
      expect(answer.body).toEqual({ detail: 'Not Found' });
    }
  });

  test('a caller that has it already is told so', async () => {
    const first = await api().get('/one/letters.txt');
    const etag = first.headers.etag ?? '';
    const modified = first.headers['last-modified'] ?? '';
    await api().get('/one/letters.txt').set('If-None-Match', etag).expect(304);
    await api().get('/one/letters.txt').set('If-None-Match', `"x", W/${etag}`).expect(304);
    await api().get('/one/letters.txt').set('If-None-Match', '*').expect(304);
    await api().get('/one/letters.txt').set('If-None-Match', '"x"').set('If-Modified-Since', modified).expect(200);
    await api().get('/one/letters.txt').set('If-Modified-Since', modified).expect(304);
    await api().get('/one/letters.txt').set('If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT').expect(200);
    await api().get('/one/letters.txt').set('If-Modified-Since', 'nonsense').expect(200);
  });

  test.each([
    ['bytes=0-0', 'a', 'bytes 0-0/10'],
    ['bytes=2-4', 'cde', 'bytes 2-4/10'],
    ['bytes=7-', 'hij', 'bytes 7-9/10'],
    ['bytes=7-99', 'hij', 'bytes 7-9/10'],
    ['bytes=-3', 'hij', 'bytes 7-9/10'],
    ['bytes=-99', 'abcdefghij', 'bytes 0-9/10'],
  ])('the range %s is "%s"', async (range, text, contentRange) => {
    const answer = await api().get('/one/letters.txt').set('Range', range).expect(206);
    expect(answer.text).toBe(text);
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('the range %s cannot be satisfied', async (range) => {
    const answer = await api().get('/one/letters.txt').set('Range', range).expect(416);
    expect(answer.headers['content-range']).toBe('bytes */10');
  });

  test.each(['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'bytes=a-b'])(
    'the range %s is answered with the whole file',
    async (range) => {
      expect((await api().get('/one/letters.txt').set('Range', range).expect(200)).text).toBe('abcdefghij');
    },
  );

  test('a range is sent only if the file is still the same', async () => {
    const etag = (await api().get('/one/letters.txt')).headers.etag ?? '';
    await api().get('/one/letters.txt').set('Range', 'bytes=0-1').set('If-Range', etag).expect(206);
    await api().get('/one/letters.txt').set('Range', 'bytes=0-1').set('If-Range', '"other"').expect(200);
  });

  test('one that shrinks while it is sent breaks the connection instead of leaving the caller waiting', async () => {
    writeFileSync(big, '');
    truncateSync(big, BIG_SIZE);
    const { port } = server.address() as AddressInfo;
    const answer = await new Promise<IncomingMessage>((resolve) => {
      get({ port, host: '127.0.0.1', path: '/one/big.bin', agent: false }, resolve);
    });
    truncateSync(big, 1);
    const ended = await new Promise<string>((resolve) => {
      answer.on('error', () => resolve('broken'));
      answer.on('end', () => resolve('complete'));
      answer.resume();
    });
    expect(ended).toBe('broken');
  });
});

describe('a folder', () => {
  test.each([
    ['/css/style.css', 'body {}', 'text/css; charset=utf-8'],
    ['/css//style.css', 'body {}', 'text/css; charset=utf-8'],
    ['/inside/style.css', 'body {}', 'text/css; charset=utf-8'],
    ['/a%20b%20%C3%A9.txt', 'spaced', 'text/plain; charset=utf-8'],
    ['/%252e%252e', 'a literal name', 'text/plain; charset=utf-8'],
  ])('%s is sent', async (path, text, type) => {
    const answer = await raw(path);
    expect(answer).toMatchObject({ status: 200, text, type });
  });

  test.each([
    '/',
    '/css',
    '/missing',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/css/%2e%2e/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/../static-secret/key',
    '/out.txt',
    '/up/secret.txt',
    '/up/static/css/../../secret.txt',
    '/css%2fstyle.css',
    '/css/style.css%00.txt',
    '/%ff',
    '/%',
    '/pipe',
  ])('%s is not found', async (path) => {
    expect(await raw(path)).toMatchObject({ status: 404, text: '{"detail":"Not Found"}' });
  });
});

/** Sends the path as it is: other clients resolve `..` themselves. */
async function raw(path: string): Promise<{ status: number | undefined; text: string; type: string | undefined }> {
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<IncomingMessage>((resolve) => {
    get({ port, host: '127.0.0.1', path, agent: false }, resolve);
  });
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece);
  return { status: answer.statusCode, text: Buffer.concat(pieces).toString(), type: answer.headers['content-type'] };
}

test.each([
  ['a.yaml', 'text/plain; charset=utf-8'],
  ['README.md', 'text/markdown; charset=utf-8'],
  ['a.py', 'text/x-python; charset=utf-8'],
  ['INDEX.HTML', 'text/html; charset=utf-8'],
  ['a.json', 'application/json'],
  ['a.svg', 'image/svg+xml'],
  ['a.unknown', 'text/plain; charset=utf-8'],
  ['a.constructor', 'text/plain; charset=utf-8'],
  ['LICENSE', 'text/plain; charset=utf-8'],
  ['.png', 'text/plain; charset=utf-8'],
])('the media type of %s is %s', (name, type) => {
  expect(guessMediaType(name)).toBe(type);
});
