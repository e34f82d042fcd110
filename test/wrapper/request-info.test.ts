/** What is read from raw headers, and which of them make a request unfit to be processed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJson, readRequestInfo } from '../../wrapper/http/request-info.ts';

const NAMES = { tracingHeader: 'x-request-tracing-id', callerHeader: 'x-caller-name' };
const read = (...raw: string[]) => readRequestInfo(raw, NAMES);

test('reads what the wrapper needs, and nothing else', () => {
  const headers = [
    ['Host', 'localhost'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', '12'],
    ['Origin', 'http://a.example'],
    ['X-Request-Tracing-Id', 'tid-1'],
    ['X-Caller-Name', 'me'],
    ['X-Request-Timeout', '1.5'],
    ['traceparent', '00-1-2-01'],
    ['Accept', '*/*'],
  ];
  expect(read(...headers.flat())).toEqual({
    contentType: 'application/json; charset=utf-8',
    contentLength: 12,
    chunked: false,
    expectsContinue: false,
    host: true,
    origin: 'http://a.example',
    tracingId: 'tid-1',
    caller: 'me',
    timeout: '1.5',
    traceparent: '00-1-2-01',
    problem: undefined,
  });
  expect(read()).toMatchObject({ contentType: undefined, contentLength: -1, problem: undefined });
});

test('the names of the identifying headers can be chosen, also those of well-known lengths', () => {
  const info = readRequestInfo(['X-Trace', 't', 'traceparent', 'c'], {
    tracingHeader: 'x-trace',
    callerHeader: 'traceparent',
  });
  expect(info).toMatchObject({ tracingId: 't', caller: 'c', traceparent: 'c' });
});

describe('framing that intermediaries read in different ways is refused', () => {
  test.each([
    ['gzip', ['Transfer-Encoding', 'gzip']],
    ['gzip, chunked', ['Transfer-Encoding', 'gzip, chunked']],
    ['chunked, gzip', ['Transfer-Encoding', 'chunked, gzip']],
    ['chunked twice in one header', ['Transfer-Encoding', 'chunked, chunked']],
    ['chunked in two headers', ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    ['identity', ['Transfer-Encoding', 'identity']],
    ['nothing', ['Transfer-Encoding', '']],
    ['a space before', ['Transfer-Encoding', ' chunked']],
    ['a tab after', ['Transfer-Encoding', 'chunked\t']],
    ['a parameter', ['Transfer-Encoding', 'chunked;q=1']],
    ['quotes', ['Transfer-Encoding', '"chunked"']],
    ['a look-alike', ['Transfer-Encoding', 'chun\u212Aed']],
    ['a vertical tab', ['Transfer-Encoding', '\x0bchunked']],
    ['a length as well', ['Transfer-Encoding', 'chunked', 'Content-Length', '5']],
    ['a length before', ['Content-Length', '0', 'Transfer-Encoding', 'chunked']],
  ])('Transfer-Encoding: %s', (_name, raw) => {
    expect(read(...raw).problem).toMatch(/Transfer-Encoding/);
  });

  test.each([
    '',
    ' ',
    '+5',
    '-5',
    '-0',
    '5 ',
    ' 5',
    '5,5',
    '5, 5',
    '0x5',
    '5e1',
    '5.0',
    '1_0',
    '٥',
    'NaN',
    '9999999999999999',
    '1'.repeat(400),
  ])('Content-Length: %j', (value) => {
    expect(read('Content-Length', value).problem).toMatch(/Content-Length/);
  });

  test.each([
    ['Content-Length', '5', '5'],
    ['Content-Length', '5', '6'],
    ['Content-Length', 'x', '6'],
    ['Content-Type', 'text/plain', 'application/json'],
    ['Host', 'a', 'a'],
  ])('%s given twice: %s and %s', (name, first, second) => {
    expect(read(name, first, name.toLowerCase(), second).problem).toContain(name);
    expect(read(name, first, 'Accept', '*/*', name, second).problem).toContain(name);
  });

  test('a problem stays, whatever follows it', () => {
    const good = fc.constantFrom(['Accept', 'a'], ['X-Caller-Name', 'me'], ['Origin', 'o'], ['traceparent', 't']);
    fc.assert(
      fc.property(fc.array(good), fc.array(good), (before, after) => {
        expect(read(...before.flat(), 'Content-Length', 'x', ...after.flat()).problem).toBeDefined();
      }),
    );
  });

  test('what is exactly right passes', () => {
    expect(read('Transfer-Encoding', 'chunked').problem).toBeUndefined();
    expect(read('Transfer-Encoding', 'Chunked').problem).toBeUndefined();
    expect(read('Content-Length', '0')).toMatchObject({ contentLength: 0, problem: undefined });
    expect(read('Content-Length', '000123')).toMatchObject({ contentLength: 123, problem: undefined });
    expect(read('Accept', 'a', 'Accept', 'b', 'Cookie', 'c', 'Cookie', 'd').problem).toBeUndefined();
  });
});

test('the case of names does not matter', () => {
  const header = fc.constantFrom(
    ['content-type', 'text/plain'],
    ['content-length', '5'],
    ['content-length', 'x'],
    ['transfer-encoding', 'chunked'],
    ['transfer-encoding', 'gzip'],
    ['host', 'h'],
    ['origin', 'o'],
    ['traceparent', 't'],
    ['x-request-timeout', '3'],
    ['x-request-tracing-id', 'i'],
    ['x-caller-name', 'c'],
    ['accept', 'a'],
    ['x-request-tracing-ix', 'no'],
  );
  fc.assert(
    fc.property(
      fc.array(header, { maxLength: 6 }),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      (headers, upper) => {
        const recased = headers.flatMap(([name = '', value = '']) => [
          [...name].map((letter, at) => (upper[at % 20] ? letter.toUpperCase() : letter)).join(''),
          value,
        ]);
        expect(read(...recased)).toEqual(read(...headers.flat()));
      },
    ),
  );
});

test.each([
  [undefined, true],
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['Application/JSON ;charset=x', true],
  ['application/problem+json', true],
  ['application/vnd.api+json;v=1', true],
  ['', false],
  ['text/json', false],
  ['text/plain', false],
  ['application/jsonp', false],
  ['application/x-ndjson', false],
  ['image/svg+json', false],
  ['text/plain; application/json', false],
  ['multipart/form-data', false],
])('isJson(%j) is %s', (contentType, expected) => {
  expect(isJson(contentType)).toBe(expected);
});
