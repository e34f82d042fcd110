/** Which path means what: endpoints and files of the job, at the root and below any prefix. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, RouteTable, splitPrefix } from '../../wrapper/http/route-table.ts';
import type { EndpointDescription, JobDescription } from '../../wrapper/protocol/messages.ts';

/** A table of `POST /perform`, `GET /items/{id}`, …; what is no verb and path is a file. */
function tableOf(...entries: string[]): RouteTable {
  const endpoints = entries.filter((entry) => entry.includes(' ')).map(endpointOf);
  const files = entries.filter((entry) => !entry.includes(' '));
  return new RouteTable({
    endpoints,
    staticFiles: files.map((path) => ({ path, file: `/files${path}`, mediaType: 'text/plain' })),
  } as unknown as JobDescription);
}

function endpointOf(entry: string): EndpointDescription {
  const [method, path] = [entry.slice(0, entry.indexOf(' ')), entry.slice(entry.indexOf(' ') + 1)];
  return { kind: 'auxiliary', method, path } as EndpointDescription;
}

/** The number of the endpoint that answers, and its parameters; the path of a file; or why nothing does. */
function find(table: RouteTable, request: string): unknown {
  const [method, path] = request.split(' ') as [string, string];
  const match = table.match(`/api/v1${path}`, method);
  if (!match) return 'nothing';
  const number = method === 'POST' ? match.route.post : method === 'GET' ? match.route.get : undefined;
  if (number === undefined) return method === 'GET' && match.route.file ? match.route.file.path : 'other verb';
  return match.params ? [number, { ...match.params }] : number;
}

describe('exact paths', () => {
  const table = tableOf(
    'POST /perform',
    'POST /explain',
    'GET /explain',
    'POST /ünï cöde',
    'POST /a/b/c',
    '/manual.txt',
  );

  test.each([
    ['POST /perform', 0],
    ['POST /explain', 1],
    ['GET /explain', 2],
    ['GET /perform', 'other verb'],
    ['POST /p%65rform', 0],
    ['POST /%70erform', 0],
    ['POST /%C3%BCn%C3%AF%20c%C3%B6de', 3],
    ['POST /a/b/c', 4],
    ['POST /a%2Fb/c', 4],
    ['GET /manual.txt', '/manual.txt'],
    ['POST /manual.txt', 'other verb'],
    ['POST /Perform', 'nothing'],
    ['POST /perform/', 'nothing'],
    ['POST //perform', 'nothing'],
    ['POST /a/b', 'nothing'],
    ['POST /perform%', 'nothing'],
    ['POST /perform%zz', 'nothing'],
    ['POST /%ff', 'nothing'],
    ['POST /__proto__', 'nothing'],
  ])('%s', (request, expected) => {
    expect(find(table, request)).toEqual(expected);
  });

  test('the hot look-up finds only what is written exactly so', () => {
    expect(table.exact('/api/v1/perform')?.post).toBe(0);
    expect(table.exact('/api/v1/p%65rform')).toBeUndefined();
    expect(table.exact('/perform')).toBeUndefined();
  });
});

describe('parameters', () => {
  const table = tableOf(
    'GET /items/{id}',
    'POST /items/{id}/parts/{part}',
    'GET /files/{path:path}',
    'GET /count/{n:int}',
    'GET /size/{x:float}',
    'GET /raw/{file:path}/text',
    'GET /report-{year}.{ending}',
    'GET /odd.(name)+/{x}',
  );

  test.each([
    ['GET /items/7', [0, { id: '7' }]],
    ['GET /items/a%20b', [0, { id: 'a b' }]],
    ['GET /items/a%2Fb', [0, { id: 'a/b' }]],
    ['GET /items/%F0%9F%99%82', [0, { id: '🙂' }]],
    ['GET /it%65ms/7', [0, { id: '7' }]],
    ['GET /items/', 'nothing'],
    ['GET /items/7/', 'nothing'],
    ['GET /items/7/8', 'nothing'],
    ['GET /items/%', 'nothing'],
    ['POST /items/7', 'other verb'],
    ['POST /items/7/parts/8', [1, { id: '7', part: '8' }]],
    ['POST /items//parts/8', 'nothing'],
    ['GET /files/a/b/c.txt', [2, { path: 'a/b/c.txt' }]],
    ['GET /files/a%2Fb%20c', [2, { path: 'a/b c' }]],
    ['GET /files/', [2, { path: '' }]],
    ['GET /files', 'nothing'],
    ['GET /count/12', [3, { n: '12' }]],
    ['GET /count/12a', 'nothing'],
    ['GET /size/1.5', [4, { x: '1.5' }]],
    ['GET /size/.5', 'nothing'],
    ['GET /raw/a/b/text', [5, { file: 'a/b' }]],
    ['GET /raw/a/b', 'nothing'],
    ['GET /report-2026.pdf', [6, { year: '2026', ending: 'pdf' }]],
    ['GET /report-2026', 'nothing'],
    ['GET /odd.(name)+/1', [7, { x: '1' }]],
    ['GET /oddd.namee/1', 'nothing'],
  ])('%s', (request, expected) => {
    expect(find(table, request)).toEqual(expected);
  });

  test('a parameter may bear any name', () => {
    const params = tableOf('GET /x/{__proto__}/{constructor}').match('/api/v1/x/1/2', 'GET')?.params;
    expect(Object.entries(params ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  test('any value comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        expect(find(table, `GET /items/${encodeURIComponent(value)}`)).toEqual([0, { id: value }]);
        expect(find(table, `GET /files/${encodeURIComponent(value)}`)).toEqual([2, { path: value }]);
      }),
    );
  });

  test('no path whatever throws', () => {
    const piece = fc.constantFrom('/', '%', '%2F', '%ff', '%00', 'items', 'files', '{id}', '..', '\ud800', 'a', '\n');
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('GET', 'POST', 'PUT'), (pieces, method) => {
        const match = table.match(`/api/v1/${pieces.join('')}`, method);
        for (const value of Object.values(match?.params ?? {})) expect(typeof value).toBe('string');
      }),
    );
  });
});

describe('several for one path', () => {
  test('the first declared wins, for each verb, and before a file', () => {
    const table = tableOf('POST /x', 'POST /x', 'GET /x', 'GET /x', '/x', '/y', '/y');
    expect(find(table, 'POST /x')).toBe(0);
    expect(find(table, 'GET /x')).toBe(2);
    expect(find(table, 'GET /y')).toBe('/y');
  });

  test('of two patterns the first wins that has the verb', () => {
    const table = tableOf('GET /items/{id}', 'GET /items/{name}', 'POST /items/{other}', 'POST /items/{again}');
    expect(find(table, 'GET /items/1')).toEqual([0, { id: '1' }]);
    expect(find(table, 'POST /items/1')).toEqual([2, { other: '1' }]);
    expect(find(table, 'PUT /items/1')).toBe('other verb');
  });

  test('an exact path wins over a pattern that has the same verb', () => {
    const table = tableOf('GET /items/{id}', 'GET /items/mine', 'POST /items/{id}');
    expect(find(table, 'GET /items/mine')).toBe(1);
    expect(find(table, 'POST /items/mine')).toEqual([2, { id: 'mine' }]);
  });

  test('a file is found at its exact path only, whatever its name', () => {
    const table = tableOf('GET /files/{name}', '/files/a.txt', '/{odd}.txt');
    expect(find(table, 'GET /files/a.txt')).toBe('/files/a.txt');
    expect(find(table, 'GET /files/b.txt')).toEqual([0, { name: 'b.txt' }]);
    expect(find(table, 'GET /%7Bodd%7D.txt')).toBe('/{odd}.txt');
    expect(find(table, 'GET /even.txt')).toBe('nothing');
  });
});

describe('prefixes', () => {
  test.each([
    ['/live', '', '/live'],
    ['/pub/job/adder/latest/live', '/pub/job/adder/latest', '/live'],
    ['/pub/fatman/adder/1.0/api/v1/perform', '/pub/fatman/adder/1.0', '/api/v1/perform'],
    ['/pub/job/adder/latest', '/pub/job/adder/latest', ''],
    ['/pub/job/adder/latest/', '/pub/job/adder/latest', '/'],
    ['/pub/job/a%20b/x/live', '/pub/job/a%20b/x', '/live'],
    ['/pub/job/adder', '', '/pub/job/adder'],
    ['/pub/job/adder/', '', '/pub/job/adder/'],
    ['/pub/job//latest/live', '', '/pub/job//latest/live'],
    ['/pub/job/adder//live', '', '/pub/job/adder//live'],
    ['/pub/other/adder/latest/live', '', '/pub/other/adder/latest/live'],
    ['/pub/jobs/adder/latest/live', '', '/pub/jobs/adder/latest/live'],
    ['/x/pub/job/adder/latest/live', '', '/x/pub/job/adder/latest/live'],
    ['/', '', '/'],
    ['', '', ''],
  ])('%s', (path, prefix, rest) => {
    expect(splitPrefix(path)).toEqual({ prefix, rest });
  });

  test('nothing of a path gets lost', () => {
    const segment = fc.constantFrom('pub', 'job', 'fatman', '', 'x', 'api', 'v1');
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const path = `/${segments.join('/')}`;
        const { prefix, rest } = splitPrefix(path);
        expect(prefix + rest).toBe(path);
        expect(prefix === '' || /^\/pub\/(job|fatman)\/[^/]+\/[^/]+$/.test(prefix)).toBe(true);
      }),
    );
  });
});

test.each([
  ['plain', 'plain'],
  ['a%20b', 'a b'],
  ['%E2%82%AC', '€'],
  ['%', undefined],
  ['%e2%82', undefined],
  ['%c0%af', undefined],
])('decode(%j)', (text, expected) => {
  expect(decode(text)).toBe(expected);
});
