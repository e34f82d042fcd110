/** Owns the proof that the parts of `verify` read and make what they should: inputs, commands, configuration, metrics, bodies. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitCommand } from '../../wrapper/core/command-words.ts';
import { badInputs, sampleOf } from '../../wrapper/verify/bad-input.ts';
import { readVerifyConfig } from '../../wrapper/verify/config.ts';
import { parseExposition } from '../../wrapper/verify/exposition.ts';
import { OpenApiDocument } from '../../wrapper/verify/openapi-document.ts';
import { readBody } from '../../wrapper/verify/raw-body.ts';

describe('bad inputs', () => {
  const good = { name: 'a', tags: ['x', 'y'], size: { width: 1 } };

  test('are the same for the same seed, and others for another', () => {
    const first = badInputs(good, { count: 40, seed: 7 });
    expect(first).toEqual(badInputs(good, { count: 40, seed: 7 }));
    expect(first).not.toEqual(badInputs(good, { count: 40, seed: 8 }));
    expect(first).toHaveLength(40);
  });

  test('are JSON, differ from the good one, and spoil every place', () => {
    const all = badInputs(good, { count: 10_000, seed: 1 });
    for (const text of all) expect(JSON.parse(text)).not.toEqual(good);
    expect(new Set(all).size).toBe(all.length);
    const missing = all
      .map((text) => JSON.parse(text))
      .filter((value) => value?.tags?.length === 2 && !('name' in value));
    expect(missing.length).toBeGreaterThan(0);
    expect(all.some((text) => text.includes('"width":1e400'))).toBe(true);
  });

  test('start from a sample of the schema where there is no example', () => {
    const document = new OpenApiDocument({
      components: { schemas: { Size: { type: 'object', properties: { width: { type: 'number' } } } } },
    });
    const schema = {
      type: 'object',
      properties: {
        size: { $ref: '#/components/schemas/Size' },
        kind: { enum: ['big'] },
        list: { type: 'array', items: { type: 'integer' } },
        maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        level: { type: 'integer', default: 3 },
      },
    };
    expect(sampleOf(schema, (part) => document.resolve(part))).toEqual({
      size: { width: 1.5 },
      kind: 'big',
      list: [1],
      maybe: 'text',
      level: 3,
    });
  });

  test('of a schema that refers to itself end somewhere', () => {
    const document = new OpenApiDocument({
      components: { schemas: { Tree: { properties: { left: { $ref: '#/components/schemas/Tree' } } } } },
    });
    expect(JSON.stringify(sampleOf({ $ref: '#/components/schemas/Tree' }, (part) => document.resolve(part)))).toMatch(
      /null/,
    );
  });
});

describe('the schema of an answer', () => {
  const document = new OpenApiDocument({
    paths: {
      '/a/{id}': {
        get: {
          responses: {
            200: { $ref: '#/components/responses/Sum' },
          },
        },
      },
    },
    components: {
      responses: { Sum: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Sum' } } } } },
      schemas: { Sum: { type: 'object', required: ['sum'], properties: { sum: { type: 'number' } } } },
    },
  });
  const [operation] = document.operations;

  test('is found through references', () => {
    expect(document.mismatch(operation!, 200, { sum: 1 })).toBeUndefined();
    expect(document.mismatch(operation!, 200, { sum: 'x' })).toMatch(/answer\/sum must be number/);
    expect(document.mismatch(operation!, 404, { sum: 'x' })).toBeUndefined();
  });

  test('an operation with a path parameter is not called', () => {
    expect(operation).toMatchObject({ method: 'GET', path: '/a/{id}', callable: false, good: ['200'] });
  });
});

describe('a command line', () => {
  test.each([
    ['node server.js --port {port}', ['node', 'server.js', '--port', '{port}']],
    [`sh -c 'echo "a b"' "c \\" d" e\\ f`, ['sh', '-c', 'echo "a b"', 'c " d', 'e f']],
    ["a'b'\"c\" ''", ['abc', '']],
    ['$HOME | *', ['$HOME', '|', '*']],
  ])('%s', (text, words) => expect(splitCommand(text)).toEqual(words));

  test.each(['', '  ', "a 'b", 'a "b'])('%j is refused', (text) =>
    expect(() => splitCommand(text)).toThrow(/empty|not closed/),
  );
});

describe('verify.json', () => {
  const read = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'verify-')), 'verify.json');
    writeFileSync(file, text);
    return readVerifyConfig(file);
  };

  test('holds probes, rules that are left out, and limits', () => {
    const config = { probes: { slow: { path: '/x', body: { a: 1 } } }, skip: { live: 'why' }, calls: 3, maxBody: 10 };
    expect(read(JSON.stringify(config))).toEqual(config);
  });

  test.each([
    ['{', /cannot be read/],
    ['[]', /mistakes/],
    ['{"prob":{}}', /prob/],
    ['{"probes":{"slow":{"path":"x"}}}', /probes\.slow\.path/],
    ['{"probes":{"fast":{"path":"/x"}}}', /fast/],
    ['{"skip":{"live":""}}', /skip\.live/],
    ['{"calls":0}', /calls/],
  ])('%s is refused with its place', (text, message) => expect(() => read(text)).toThrow(message));
});

describe('metrics', () => {
  test.each([
    'a 1',
    '# TYPE a counter\n# TYPE a gauge\na 1\n',
    '# HELP a A\na 1\n',
    '# TYPE a number\na 1\n',
    '# HELP a A\n# TYPE a counter\nb 1\n',
    '# HELP a A\n# TYPE a counter\na{x="1} 1\n',
    '# HELP a A\n# TYPE a counter\na 1\na 2\n',
    '# HELP a A\n# TYPE a counter\na one\n',
  ])('%j breaks the format', (text) => expect(() => parseExposition(text)).toThrow());

  test('of other libraries are read as well', () => {
    const text =
      '# HELP a A\n# TYPE a summary\na{quantile="0.5"} 1.5e-05\na_sum 1.7e+09\na_count 3\n# HELP b B\n# TYPE b untyped\nb 1.0\n# TYPE c gauge\nc 2 1700000000000\n';
    expect(parseExposition(text).value('a_count')).toBe(3);
    expect(parseExposition(text).value('c')).toBe(2);
  });
});

describe('a body', () => {
  test.each([
    ['with a length', 'abc', { 'content-length': '2' }, false, { text: 'ab', size: 2, complete: true }],
    ['that is not all there', 'a', { 'content-length': '2' }, false, { text: 'a', size: 2, complete: false }],
    ['of unknown length', 'abc', {}, false, { text: 'abc', size: 3, complete: false }],
    ['ended by the connection', 'abc', {}, true, { text: 'abc', size: 3, complete: true }],
    [
      'in chunks',
      '2\r\nab\r\n1\r\nc\r\n0\r\n\r\nrest',
      { 'transfer-encoding': 'chunked' },
      false,
      { text: 'abc', size: 18, complete: true },
    ],
    [
      'in chunks so far',
      '2\r\nab\r\n1\r\n',
      { 'transfer-encoding': 'chunked' },
      false,
      { text: 'ab', size: 7, complete: false },
    ],
  ])('%s', (_, text, headers, closed, body) =>
    expect(readBody(Buffer.from(text), headers as Record<string, string>, closed)).toEqual(body),
  );
});
