/** Reading answers off a connection: as Node's parser reads them, whatever the pieces, and stricter where readers differ. */

import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnswerParser } from '../../wrapper/upstream/answer-parser.ts';

interface Read {
  status: number;
  headers: readonly string[];
  body: string;
  trailers: readonly string[];
}

/** Reads an answer in these pieces; the connection is closed at the end. */
function read(pieces: readonly string[], method = 'GET'): Read & { keeps: boolean } {
  const got: Read = { status: 0, headers: [], body: '', trailers: [] };
  const parser = new AnswerParser(method, {
    onHead: ({ status, rawHeaders }) => Object.assign(got, { status, headers: rawHeaders }),
    onPiece: (piece) => {
      got.body += piece.toString('latin1');
    },
    onEnd: (trailers) => Object.assign(got, { trailers }),
  });
  for (const piece of pieces) parser.take(Buffer.from(piece, 'latin1'));
  const keeps = parser.keepsConnection;
  parser.close();
  return { ...got, keeps };
}

const answer = (...lines: string[]) => lines.join('\r\n');

const GOOD = [
  answer('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'),
  answer('HTTP/1.1 200', 'content-length:0', '', ''),
  answer('HTTP/1.0 200 OK', '', 'until the end'),
  answer('HTTP/1.1 404 Not Found', 'X:  spaced \t', 'X: again', 'Content-Length: 2', '', 'no'),
  answer('HTTP/1.1 204 No Content', '', ''),
  answer('HTTP/1.1 304 Not Modified', 'Content-Length: 20', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '3', 'abc', 'A;ext=1', '0123456789', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked', '', '1', 'a', '0', 'X-Sum: 1', 'Y: 2', '', ''),
  answer('HTTP/1.1 103 Early Hints', 'Link: </a>', '', 'HTTP/1.1 200 OK', 'Content-Length: 1', '', 'x'),
  answer('HTTP/1.1 200 OK', 'Connection: close', 'Content-Length: 1', '', 'x'),
  answer('HTTP/1.1 200 \xc3\xa4', 'X: \xff\x80', 'Content-Length: 1', '', 'x'),
];

const BAD = [
  '',
  'hello\r\n\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/2 200 OK\r\n\r\n',
  'HTTP/1.1 99 no\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  answer('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hell'),
  answer('HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 5', '', 'hello'),
  answer('HTTP/1.1 200 OK', 'Content-Length: +5', '', 'hello'),
  answer('HTTP/1.1 200 OK', 'Content-Length: 5, 5', '', 'hello'),
  answer('HTTP/1.1 200 OK', 'Content-Length: 0x5', '', 'hello'),
  answer('HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked', '', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, chunked', '', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked', '', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding : chunked', '', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'x', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '-1', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'abc', '0', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'ab', '0', 'no trailer', '', ''),
  answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'ab'),
  answer('HTTP/1.1 200 OK', 'X: a', ' folded', 'Content-Length: 0', '', ''),
  answer('HTTP/1.1 200 OK', 'X: a\nY: b', 'Content-Length: 0', '', ''),
  answer('HTTP/1.1 200 OK', 'X: \0', 'Content-Length: 0', '', ''),
  answer('HTTP/1.1 200 OK', ': a', 'Content-Length: 0', '', ''),
  answer('HTTP/1.1 200 OK', `X: ${'y'.repeat(70_000)}`, '', ''),
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
];

describe('an answer', () => {
  let port: number;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', (request) => {
      const [, at] = /\/(\d+)/.exec(request.toString('latin1')) ?? [];
      socket.end(Buffer.from(GOOD[Number(at)] as string, 'latin1'));
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const asNodeReads = (at: number): Promise<Read> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: `/${at}`, agent: false }, async (res) => {
        let body = '';
        for await (const piece of res.setEncoding('latin1')) body += piece;
        resolve({ status: res.statusCode as number, headers: res.rawHeaders, body, trailers: res.rawTrailers });
      }).once('error', reject);
    });

  test.each([...GOOD.entries()])('%i is read as Node reads it', async (at, text) => {
    const { keeps: _keeps, ...got } = read([text]);
    expect(got).toEqual(await asNodeReads(at));
  });

  test('is the same whatever its pieces are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), fc.array(fc.nat()), (text, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        const { keeps: _one, ...whole } = read([text]);
        const { keeps: _two, ...pieced } = read(pieces);
        expect(pieced).toEqual(whole);
      }),
    );
  });

  test.each(BAD)('%j is refused, whatever its pieces are', (text) => {
    expect(() => read([text])).toThrow();
    expect(() => read([...text])).toThrow();
  });

  test('that is followed by more ends the connection', () => {
    const [first = ''] = GOOD;
    expect(read([first]).keeps).toBe(true);
    expect(read([`${first}HTTP/1.1 200 OK\r\n`]).keeps).toBe(false);
    expect(read([first, 'HTTP/1.1 200 OK\r\n']).keeps).toBe(false);
  });

  test('of HEAD has no body', () => {
    expect(read([answer('HTTP/1.1 200 OK', 'Content-Length: 500', '', '')], 'HEAD')).toMatchObject({
      body: '',
      keeps: true,
    });
  });

  test('that is no answer never does worse than to be refused', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        '\r\n',
        '\r\n\r\n',
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n',
        '3\r\nabc\r\n',
        '0\r\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          read(pieces);
        } catch (error) {
          expect((error as Error).constructor.name).toBe('AnswerProblem');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
