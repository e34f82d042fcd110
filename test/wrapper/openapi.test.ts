/** The OpenAPI document: valid by the published meta schema, and saying what the job's description says. */
import { Validator } from '@seriousme/openapi-schema-validator';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { describe, expect, test } from 'vitest';
import { buildOpenApi, withServer } from '../../wrapper/openapi.ts';
import type { EndpointDescription, JobDescription } from '../../wrapper/protocol/messages.ts';

const JOB = { name: 'adder', version: '0.0.1' };

const PERFORM: EndpointDescription = {
  kind: 'perform',
  method: 'POST',
  path: '/perform',
  doc: 'Add numbers.',
  example: { numbers: [40, 2] },
  parameters: [{ name: 'numbers', type: 'list[float]' }],
  body: {
    type: 'object',
    properties: { numbers: { type: 'array', items: { type: 'number' } } },
    required: ['numbers'],
  },
  bodyRequired: false,
  bodyMediaType: 'application/json',
  request: [],
  response: { type: 'number' },
  async: false,
  streaming: false,
  options: {},
};

const JOB_DESCRIPTION: JobDescription = {
  language: 'python',
  languageVersion: '3.11.7',
  entrypoint: 'Adder',
  doc: null,
  endpoints: [PERFORM],
  schemas: {},
  staticFiles: [],
  webview: null,
  metrics: false,
};

const AUX_V1: EndpointDescription = { ...PERFORM, kind: 'auxiliary', path: '/explain/all', doc: null, example: null };
const AUX_V2: EndpointDescription = {
  ...PERFORM,
  kind: 'auxiliary_v2',
  method: 'GET',
  path: '/items/{item}/{rest:path}',
  doc: null,
  example: null,
  body: null,
  request: [
    { name: 'item', in: 'path', required: true, schema: { type: 'integer' } },
    { name: 'limit', in: 'query', required: false, schema: { type: 'integer', default: 10 }, description: 'how many' },
  ],
  options: { tags: ['shop'], deprecated: true, summary: 'One item', status_code: 201, operation_id: 'item' },
};

const build = (change: Partial<JobDescription> = {}): OpenAPIObject =>
  buildOpenApi({ ...JOB_DESCRIPTION, ...change }, JOB);

async function problems(document: OpenAPIObject): Promise<unknown> {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const result = await new Validator({ strict: false }).validate(copy);
  return result.valid ? [] : (result.errors ?? 'invalid');
}

/** Every `$ref` of the document that points at nothing. */
function danglingReferences(document: OpenAPIObject): string[] {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? '');
  return references.filter((path) => {
    let node: unknown = document;
    for (const key of path.split('/')) node = (node as Record<string, unknown> | undefined)?.[key];
    return node === undefined;
  });
}

const FULL: Partial<JobDescription> = {
  endpoints: [PERFORM, AUX_V1, AUX_V2, { ...PERFORM, kind: 'auxiliary', path: '/stream', streaming: true }],
  schemas: { Item: { type: 'object', properties: { id: { type: 'integer' } } } },
  staticFiles: [{ path: '/docs/{a} b?.md', file: '/job/a.md', mediaType: 'text/markdown; charset=utf-8' }],
  webview: 'wsgi',
};

test('the validator refuses a broken document, so its silence means something', async () => {
  const broken = build();
  Object.assign(broken.info, { title: 7 });
  expect(await problems(broken)).not.toEqual([]);
});

test.each([
  ['a job that is not loaded', buildOpenApi(null, JOB)],
  ['a plain job', build()],
  ['a job with everything', build(FULL)],
  ['a job without a name', buildOpenApi(null, { name: '', version: '' })],
])('the document of %s is valid OpenAPI 3.1', async (_title, document) => {
  expect(await problems(document)).toEqual([]);
  expect(danglingReferences(document)).toEqual([]);
});

test('before the job is loaded only the probes are listed', () => {
  expect(Object.keys(buildOpenApi(null, JOB).paths ?? {})).toEqual(['/live', '/ready', '/health']);
});

test('title, servers, security and tags are those that clients of the platform know', () => {
  const document = build();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({
    title: 'Job - adder',
    description: 'Job Module wrapped in a REST server',
    version: '0.0.1',
  });
  expect(document.servers).toEqual([
    { url: '/pub/job/adder/0.0.1', description: 'proxy prefixed path' },
    { url: '/', description: 'root base path' },
  ]);
  expect(document.security).toEqual([{ racetrackAuth: [] }]);
  expect(document.components?.securitySchemes).toEqual({
    racetrackAuth: { type: 'apiKey', in: 'header', name: 'X-Racetrack-Auth' },
  });
  expect(document.paths?.['/live']?.get?.tags).toEqual(['root']);
  expect(document.paths?.['/']?.get?.tags).toBeUndefined();
});

describe('perform', () => {
  const operation = build().paths?.['/api/v1/perform']?.post;
  const body = operation?.requestBody as { content: { [mediaType: string]: unknown } } | undefined;

  test('is described by its docstring', () => {
    expect(operation).toMatchObject({
      tags: ['API'],
      operationId: 'perform',
      summary: 'Call main action',
      description: 'Call main action: Add numbers.',
    });
  });

  test('shows the types of its signature and its example', () => {
    expect(body?.content['application/json']).toEqual({
      schema: {
        type: 'object',
        title: 'Payload',
        additionalProperties: true,
        properties: { numbers: { type: 'array', items: { type: 'number' } } },
        required: ['numbers'],
        default: { numbers: [40, 2] },
      },
      example: { numbers: [40, 2] },
    });
  });

  test('documents its answer and every error', () => {
    expect(Object.keys(operation?.responses ?? {})).toEqual('200 400 413 422 429 500 502 503 504'.split(' '));
    expect(operation?.responses?.['200'].content).toEqual({ 'application/json': { schema: { type: 'number' } } });
  });

  test('has no default when there is no example', () => {
    const bare = build({ endpoints: [{ ...PERFORM, example: null }] }).paths?.['/api/v1/perform']?.post;
    expect(JSON.stringify(bare)).not.toMatch(/"(default|example)"/);
  });
});

test('each error shows an example of its own body', () => {
  const responses = build().components?.responses as { [name: string]: { content: { [type: string]: unknown } } };
  expect(responses.JobBusy?.content['application/json']).toEqual({
    schema: { $ref: '#/components/schemas/RacetrackError' },
    example: { error: 'too many calls are running and waiting', type: 'JobBusy' },
  });
  expect(responses.ValidationFailed?.content['application/json']).toEqual({
    schema: { $ref: '#/components/schemas/RacetrackValidationError' },
  });
});

test('an auxiliary endpoint of the first kind carries its path in operation id and summary', () => {
  expect(build(FULL).paths?.['/api/v1/explain/all']?.post).toMatchObject({
    operationId: 'auxiliary_endpoint__explain_all',
    summary: 'Call auxiliary endpoint: /explain/all',
    description: 'Call auxiliary endpoint: /explain/all',
  });
});

test('an auxiliary endpoint of the second kind shows parameters and the options the job gave', () => {
  const operation = build(FULL).paths?.['/api/v1/items/{item}/{rest}']?.get;
  expect(operation).toMatchObject({ operationId: 'item', summary: 'One item', tags: ['shop'], deprecated: true });
  expect(operation?.requestBody).toBeUndefined();
  expect(operation?.parameters).toEqual([
    { name: 'item', in: 'path', required: true, schema: { type: 'integer' } },
    { name: 'limit', in: 'query', required: false, schema: { type: 'integer', default: 10 }, description: 'how many' },
    { name: 'rest', in: 'path', required: true, schema: { type: 'string' } },
    { $ref: '#/components/parameters/RequestTimeout' },
  ]);
  expect(operation?.responses).toHaveProperty('201');
});

test('an endpoint that the job hides is not listed', () => {
  const hidden = { ...AUX_V2, options: { include_in_schema: false } };
  expect(Object.keys(build({ endpoints: [PERFORM, hidden] }).paths ?? {})).not.toContain('/api/v1/items/{item}/{rest}');
});

test('a streaming endpoint lists the three ways it can answer', () => {
  const content = build(FULL).paths?.['/api/v1/stream']?.post?.responses?.['200'].content;
  expect(Object.keys(content)).toEqual(['application/json', 'application/x-ndjson', 'text/event-stream']);
});

test('a static file is listed below its escaped path, with its media type', () => {
  const operation = build(FULL).paths?.['/api/v1/docs/%7Ba%7D%20b%3F.md']?.get;
  expect(operation?.operationId).toBe('static_endpoint__docs_{a} b?.md');
  expect(operation?.responses?.['200'].content).toEqual({ 'text/markdown': {} });
});

test('the first of two endpoints with one path and verb wins; GET and POST share a path', () => {
  const shadowed: EndpointDescription = { ...AUX_V1, path: '/perform' };
  const reading: EndpointDescription = { ...AUX_V2, path: '/perform', request: [], options: {} };
  const item = build({ endpoints: [PERFORM, shadowed, reading] }).paths?.['/api/v1/perform'];
  expect(item?.post?.summary).toBe('Call main action');
  expect(item?.get?.summary).toBe('Call auxiliary endpoint: /perform');
});

test('operation ids stay unique when paths differ only in their slashes', () => {
  const paths =
    build({
      endpoints: [
        { ...AUX_V1, path: '/a/b' },
        { ...AUX_V1, path: '/a_b' },
      ],
    }).paths ?? {};
  const ids = Object.values(paths).flatMap((item) => [item.get?.operationId, item.post?.operationId]);
  const given = ids.filter((id) => id !== undefined);
  expect(new Set(given).size).toBe(given.length);
});

test('schema names that OpenAPI forbids are renamed together with their references', async () => {
  const ref = { $ref: '#/components/schemas/Page[int]' };
  const document = build({
    endpoints: [{ ...PERFORM, body: { type: 'object', properties: { page: ref } } }],
    schemas: { 'Page[int]': { type: 'object', properties: { next: ref } }, Page_int_: { type: 'integer' } },
  });
  expect(await problems(document)).toEqual([]);
  expect(danglingReferences(document)).toEqual([]);
  expect(document.components?.schemas?.Page_int__2).toMatchObject({ type: 'object' });
});

test('a document served below a prefix lists that prefix first, once', () => {
  const urls = (prefix: string) => withServer(build(), prefix).servers?.map((server) => server.url);
  expect(urls('/pub/job/adder/latest')).toEqual(['/pub/job/adder/latest', '/pub/job/adder/0.0.1', '/']);
  expect(urls('/pub/job/adder/0.0.1')).toEqual(['/pub/job/adder/0.0.1', '/']);
  expect(urls('')).toEqual(['/', '/pub/job/adder/0.0.1']);
});
