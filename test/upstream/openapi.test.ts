/** A program's own OpenAPI document as a part of the service's. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { buildProgramOpenApi } from '../../wrapper/openapi-program.ts';
import { Addresses } from '../../wrapper/upstream/addresses.ts';
import type { ProgramDocument } from '../../wrapper/upstream/program-document.ts';

const JOB = { name: 'web', version: '1.0.0' };
const ok = { responses: { '200': { description: 'fine' } } };

function merge(document: ProgramDocument) {
  const routing = { mode: 'forward', apiBase: undefined, performPath: undefined } as const;
  const addresses = new Addresses(routing, Object.keys(document.paths));
  return buildProgramOpenApi({ addresses, document, rewrite: undefined }, JOB);
}

async function expectValid(document: ReturnType<typeof merge>): Promise<void> {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  expect(result.errors ?? []).toEqual([]);
}

describe('addresses', () => {
  test('are those at which callers reach the operations', async () => {
    const merged = merge({
      openapi: '3.1.0',
      paths: { '/perform': { post: ok }, '/items/{id}': { get: ok, parameters: [ID] }, '/health': { get: ok } },
    });
    expect(Object.keys(merged.paths ?? {}).sort()).toEqual([
      '/api/v1/health',
      '/api/v1/items/{id}',
      '/api/v1/perform',
      '/health',
      '/live',
      '/ready',
    ]);
    await expectValid(merged);
  });

  test('stay as they are in a program that knows /api/v1', async () => {
    const merged = merge({
      openapi: '3.1.0',
      paths: { '/api/v1/notes': { get: ok }, '/page': { get: ok }, '/docs': { get: ok } },
    });
    expect(Object.keys(merged.paths ?? {}).sort()).toEqual(['/api/v1/notes', '/health', '/live', '/page', '/ready']);
    await expectValid(merged);
  });

  test('have the path of a server of the program', () => {
    const merged = merge({ openapi: '3.1.0', servers: [{ url: '/base/' }], paths: { '/x': { get: ok } } });
    expect(Object.keys(merged.paths ?? {})).toContain('/api/v1/base/x');
  });
});

const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

test('components come along, and references to them hold', async () => {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } };
  const merged = merge({
    openapi: '3.1.0',
    paths: { '/x': { get: { responses: { '200': { description: 'fine', content } } } } },
    components: {
      schemas: { Thing: { type: 'object' } },
      securitySchemes: { racetrackAuth: { type: 'http', scheme: 'basic' } },
    },
  });
  expect(merged.components).toMatchObject({
    schemas: { Thing: { type: 'object' } },
    securitySchemes: { racetrackAuth: { type: 'apiKey' } },
  });
  await expectValid(merged);
});

test('operations keep their own security beside that of the gateway, and have names of their own', async () => {
  const merged = merge({
    openapi: '3.1.0',
    security: [{ key: [] }],
    paths: { '/x': { get: { operationId: 'live', ...ok } }, '/y': { get: { security: [], ...ok } } },
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  });
  const { get } = merged.paths?.['/api/v1/x'] ?? {};
  expect(get?.security).toEqual([{ racetrackAuth: [], key: [] }]);
  expect(get?.operationId).not.toBe('live');
  await expectValid(merged);
});

test('a document of 3.0 becomes one of 3.1', async () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', nullable: true, example: 'x' },
      size: { type: 'integer', minimum: 0, exclusiveMinimum: true },
      kind: { type: 'string', nullable: true, enum: ['a'] },
      other: { nullable: true, allOf: [{ $ref: '#/components/schemas/Thing' }] },
    },
  };
  const merged = merge({ openapi: '3.0.3', paths: { '/x': { get: ok } }, components: { schemas: { Thing: schema } } });
  expect(merged.components?.schemas?.Thing).toMatchObject({
    properties: {
      name: { type: ['string', 'null'] },
      size: { exclusiveMinimum: 0 },
      kind: { enum: ['a', null] },
      other: { anyOf: [{ allOf: [{ $ref: '#/components/schemas/Thing' }] }, { type: 'null' }] },
    },
  });
  expect(JSON.stringify(merged)).not.toContain('nullable');
  await expectValid(merged);
});

test('a program without a document has its main action', async () => {
  const addresses = new Addresses({ mode: 'forward', apiBase: undefined, performPath: undefined }, []);
  const merged = buildProgramOpenApi({ addresses, document: undefined, rewrite: undefined }, JOB);
  expect(Object.keys(merged.paths ?? {})).toContain('/api/v1/perform');
  await expectValid(merged);
});
