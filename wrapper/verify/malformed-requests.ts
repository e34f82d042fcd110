/** Owns requests that break the rules of HTTP, so that no server may serve them. */

interface Malformed {
  readonly name: string;
  readonly bytes: string;
}

const PATH = '/api/v1/perform';
/** A second request, hidden in what a lax server takes for the first one's body or for the next in line. */
const HIDDEN = 'GET /live HTTP/1.1\r\nHost: job\r\n\r\n';

const withHead = (lines: readonly string[], body: string): string =>
  [`POST ${PATH} HTTP/1.1`, 'Host: job', 'Content-Type: application/json', ...lines, '', body].join('\r\n');

const LENGTHS = [
  'Content-Length: +2',
  'Content-Length: -2',
  'Content-Length: 0x2',
  'Content-Length: two',
  'Content-Length: 2 2',
  'Content-Length: 2\r\nContent-Length: 3',
  'Content-Length: 2\r\nTransfer-Encoding: chunked',
];
const ENCODINGS = [
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding : chunked',
];
const CHUNKS = ['zz\r\n{}\r\n0\r\n\r\n', '-2\r\n{}\r\n0\r\n\r\n', 'FFFFFFFFFFFFFFFFF\r\n{}'];
const WHOLE = [
  ['a line that is no request', 'garbage\r\n\r\n'],
  ['an unknown version', 'GET /live HTTP/9.9\r\nHost: job\r\n\r\n'],
  ['a header without a colon', 'GET /live HTTP/1.1\r\nHost: job\r\nno colon\r\n\r\n'],
  ['a NUL in a header', 'GET /live HTTP/1.1\r\nHost: job\r\nX: a\x00b\r\n\r\n'],
  ['no Host', 'GET /live HTTP/1.1\r\n\r\n'],
  ['a megabyte of headers', `GET /live HTTP/1.1\r\nHost: job\r\nX-Big: ${'x'.repeat(1024 * 1024)}\r\n\r\n`],
] as const;

export const MALFORMED_REQUESTS: readonly Malformed[] = [
  ...LENGTHS.map((line) => ({ name: line, bytes: withHead([line], `{}${HIDDEN}`) })),
  ...ENCODINGS.map((line) => ({ name: line, bytes: withHead([line], `2\r\n{}\r\n0\r\n\r\n${HIDDEN}`) })),
  ...CHUNKS.map((chunks) => ({
    name: `the chunks ${chunks}`,
    bytes: withHead(['Transfer-Encoding: chunked'], chunks),
  })),
  ...WHOLE.map(([name, bytes]) => ({ name, bytes })),
];
