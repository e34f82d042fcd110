/** A job that uses all that a Go job may use (jobs/everything): its documents, its answers, its pages, its end. */
import { copyFileSync, cpSync, mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startWrapper } from '../../../wrapper/testing.ts';
import { CACHE, COMPILE_LIMIT, call, describeGo, type GoJob, removeFolder } from './go-jobs.ts';

const SOURCE = join(import.meta.dirname, 'jobs/everything');
let job: GoJob;
let gateway: Server;
/** The last request to the gateway. */
let asked: IncomingMessage | undefined;
let reply = { status: 200, headers: {} as Record<string, string>, body: '{"answer":42}' };

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(job, body, { path: `/api/v1/${path}`, headers });
const logged = (pattern: RegExp) => expect.poll(() => job.logs(), { timeout: 10_000 }).toMatch(pattern);

describeGo('everything', () => {
  beforeAll(async () => {
    gateway = createServer(async (request, response) => {
      asked = request;
      await text(request);
      response.writeHead(reply.status, reply.headers).end(reply.body);
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'racetrack-go-'));
    cpSync(SOURCE, folder, { recursive: true });
    copyFileSync(join(SOURCE, 'go.mod'), join(folder, 'go.mod'));
    const started = await startWrapper({
      entrypoint: folder,
      cwd: folder,
      env: {
        RACETRACK_CACHE: CACHE,
        JOB_NAME: 'everything',
        PUB_URL: `http://127.0.0.1:${port}/pub`,
        AUTH_TOKEN: 'token-of-this-job',
      },
    });
    job = { ...started, folder };
  }, COMPILE_LIMIT);
  afterAll(async () => {
    await job?.stop();
    gateway?.close();
    removeFolder(job.folder);
  });

  describe('the document', () => {
    test('has the types of the input, with tags and comments', async () => {
      const { paths, components } = await document();
      const operation = paths['/api/v1/perform'].post;
      const { schema } = operation.requestBody.content['application/json'];
      expect(operation.description).toBe('Call main action: Perform greets somebody.');
      expect(Object.keys(schema.properties)).toEqual(
        'id name age mood shape tags extra when wait big any sub pairs data'.split(' '),
      );
      expect(schema).toMatchObject({
        title: 'Payload',
        additionalProperties: true,
        required: ['id', 'name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 20, description: 'Who is meant.' },
          age: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }], description: 'In years' },
          tags: { type: 'array', items: { type: 'string', minLength: 2 }, maxItems: 3 },
          extra: { type: 'object', additionalProperties: { type: 'integer' } },
          when: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
          sub: { anyOf: [{ $ref: '#/components/schemas/Input' }, { type: 'null' }] },
          data: { type: 'string', contentEncoding: 'base64' },
          any: {},
        },
      });
      const { Mood, Kind, Shape, Pair_int_Mood: pair } = components.schemas;
      expect(Mood).toEqual({
        title: 'Mood',
        description: 'Mood is how somebody feels.',
        enum: ['happy', 'sad'],
        type: 'string',
      });
      expect(Kind).toMatchObject({ enum: [0, 1], type: 'integer' });
      expect(Shape.properties.size).toEqual({ type: 'number', description: 'In metres.' });
      expect(pair.properties).toEqual({ First: { type: 'integer' }, Second: { $ref: '#/components/schemas/Mood' } });
    });

    test('has the media types of bodies, and the items of streams', async () => {
      const { paths } = await document();
      const bodyOf = (path: string) => Object.keys(paths[`/api/v1/${path}`].post.requestBody.content)[0];
      expect([bodyOf('size'), bodyOf('upload'), bodyOf('count')]).toEqual([
        'application/octet-stream',
        'multipart/form-data',
        'application/json',
      ]);
      const answer = paths['/api/v1/letters'].post.responses['200'].content['application/json'].schema;
      expect(answer).toEqual({ type: 'array', items: { type: 'string' } });
    });

    test('is filled from DocsInputExamples and the comments of methods', async () => {
      const { paths } = await document();
      const method = paths['/api/v1/method'].post;
      expect(method.requestBody.content['application/json'].example).toEqual({ x: 7 });
      expect(method.description).toContain('Method is a method.');
      expect(await post('method', '')).toMatchObject({ status: 200, text: '7' });
    });
  });

  test('whole numbers keep their digits, and text its characters', async () => {
    const { text: body } = await post(
      'perform',
      '{"id":9007199254740993,"name":"ü","big":123456789012345678901234567890}',
    );
    expect(body).toContain('"text":"<ü> & co"');
    expect(body).toContain('"id":9007199254740993');
    expect(body).toContain('"big":123456789012345678901234567890');
  });

  test.each([
    ['a wrong type', { id: 'x', name: 'y' }, ['body', 'id'], 'int_type'],
    ['a missing member', { id: 1 }, ['body', 'name'], 'missing'],
    ['a limit', { id: 1, name: '' }, ['body', 'name'], 'string_too_short'],
    ['no value of the enum', { id: 1, name: 'y', mood: 'odd' }, ['body', 'mood'], 'enum'],
  ])('%s is refused before the job sees it', async (_title, input, loc, type) => {
    const { status, text: body, fault } = await post('perform', input);
    expect([status, fault]).toEqual([422, 'caller']);
    expect(JSON.parse(body).detail).toMatchObject([{ loc, type }]);
  });

  test('what only the decoder finds is a 422, too', async () => {
    const { status, text: body } = await post('perform', '{"id":9223372036854775808,"name":"y"}');
    expect([status, JSON.parse(body).detail]).toMatchObject([422, [{ loc: ['body', 'id'], type: 'int_range' }]]);
  });

  test.each([
    ['status', 404, '{"error":"looking: it is not there","type":"notFound"}', 'caller'],
    ['plain', 500, '{"error":"plain","type":"error"}', 'job'],
    ['empty', 500, '{"error":"","type":"error"}', 'job'],
    ['infinite', 500, '{"error":"json: unsupported value: +Inf","type":"UnsupportedValueError"}', 'job'],
    ['channel', 500, '{"error":"json: unsupported type: chan int","type":"UnsupportedTypeError"}', 'job'],
    ['panic', 500, '{"error":"a text","type":"panic"}', 'job'],
    ['panic error', 500, '{"error":"she is not there","type":"notFound"}', 'job'],
    ['exit goroutine', 500, expect.stringContaining('runtime.Goexit'), 'job'],
    ['cycle', 500, expect.stringContaining('encountered a cycle'), 'job'],
    [
      'nil',
      500,
      '{"error":"runtime error: invalid memory address or nil pointer dereference","type":"RuntimeError"}',
      'job',
    ],
  ])('failing with %s', async (How, status, body, fault) => {
    for (let n = 0; n < 3; n += 1) expect(await post('fail', { How })).toMatchObject({ status, text: body, fault });
  });

  test('a worker that ends takes its own calls with it, and another one takes its place', async () => {
    expect(await post('fail', { How: 'exit' })).toMatchObject({ status: 502, fault: 'job' });
    await expect.poll(async () => (await post('size', 'x')).status, { timeout: 20_000 }).toBe(200);
    expect(job.logs()).toContain('ended with exit code 3');
  });

  test('the request is in the context', async () => {
    const { text: body } = await post('look?a=b', '', { 'x-thing': 'some' });
    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/api/v1/look',
      query: 'a=b',
      limited: true,
      header: 'some',
      started: 'init as everything',
    });
  });

  test('the context is cancelled when the caller leaves, and at the deadline', async () => {
    const gone = AbortSignal.timeout(300);
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: '{"How":"wait"}', signal: gone };
    await expect(fetch(`${job.address}/api/v1/fail`, request)).rejects.toThrow();
    await logged(/waited, reason="context canceled"/);
    expect(await post('fail', { How: 'wait' }, { 'x-request-timeout': '0.3' })).toMatchObject({ status: 504 });
    await logged(/waited, reason="context deadline exceeded"/);
  });

  test('log lines have their levels and attributes', async () => {
    await post('logs', '', { 'x-request-tracing-id': 'trace-7' });
    await logged(/INFO {2}printed$/m);
    await logged(/INFO {2}logged 1$/m);
    await logged(/WARN {2}warned, .*g\.m=x.*tracing_id=trace-7/m);
    await logged(/ERROR failed, who=me$/m);
  });

  describe('streams', () => {
    const NDJSON = { accept: 'application/x-ndjson' };
    test.each([
      ['a list', { To: 3 }, {}, 200, '[1,2,3]'],
      ['lines', { To: 3 }, NDJSON, 200, '1\n2\n3\n'],
      ['events', { To: 1 }, { accept: 'text/event-stream' }, 200, 'data: 1\n\nevent: end\ndata:\n\n'],
      ['a list that fails', { To: 3, FailAt: 3 }, {}, 500, '{"error":"no further","type":"error"}'],
      ['lines that fail at once', { To: 3, FailAt: 1 }, NDJSON, 500, '{"error":"no further","type":"error"}'],
      ['lines that fail later', { To: 3, FailAt: 3 }, NDJSON, 200, '1\n2\n{"error":"no further","type":"error"}\n'],
    ])('%s', async (_title, input, headers, status, body) => {
      expect(await post('count', input, headers)).toMatchObject({ status, text: body });
    });

    test('an error beside the iterator is an ordinary one', async () => {
      expect(await post('letters', { Text: 'ab' }, NDJSON)).toMatchObject({ status: 200, text: '"a"\n"b"\n' });
      expect(await post('letters', { Text: '' }, NDJSON)).toMatchObject({ status: 404 });
    });

    test.each(['count', 'ticks'])('%s without an end waits for its reader, and ends with it', async (path) => {
      const ending = path === 'count' ? /counting has ended/g : /ticking has ended/g;
      const before = job.logs().match(ending)?.length ?? 0;
      const abort = new AbortController();
      const response = await fetch(`${job.address}/api/v1/${path}`, {
        method: 'POST',
        headers: { ...NDJSON, 'content-type': 'application/json' },
        body: '{"To":-1,"FailAt":-1}',
        signal: abort.signal,
      });
      const reader = response.body!.getReader();
      expect((await reader.read()).value!.length).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      abort.abort();
      await expect.poll(() => job.logs().match(ending)?.length ?? 0, { timeout: 10_000 }).toBe(before + 1);
    });
  });

  describe('files', () => {
    const large = Buffer.alloc(3_000_000, 'abc');
    test('bytes and readers take the body as it is, a large one from the disk', async () => {
      const headers = { 'content-type': 'application/octet-stream' };
      expect(await post('size', 'hello')).toMatchObject({ text: '5' });
      expect(await post('size', large, headers)).toMatchObject({ text: '3000000' });
      const upper = await post('upper', large, headers);
      expect(upper.headers.get('content-type')).toBe('application/octet-stream');
      expect(upper.text).toBe(large.toString().toUpperCase());
    });

    test('a form fills a struct', async () => {
      const form = new FormData();
      form.set('file', new Blob([large]), 'C:\\somewhere\\data.bin');
      for (const [name, value] of [
        ['count', '3'],
        ['tags', 'a'],
        ['tags', 'b'],
        ['note', 'hi'],
      ] as const)
        form.append(name, value);
      const response = await fetch(`${job.address}/api/v1/upload`, { method: 'POST', body: form });
      expect(await response.json()).toBe('data.bin 3000000 3 [a b] hi');
    });

    test('a body of another type is the file, the rest comes from the query', async () => {
      const headers = { 'content-type': 'image/png' };
      expect(await post('upload?count=4&tags=x', 'abc', headers)).toMatchObject({ text: '"body 3 4 [x] "' });
    });

    test('a wrong form is a 422 or a 400', async () => {
      const form = new FormData();
      form.set('count', 'many');
      const response = await fetch(`${job.address}/api/v1/upload`, { method: 'POST', body: form });
      const { detail } = (await response.json()) as { detail: unknown };
      expect([response.status, detail]).toMatchObject([
        422,
        [
          { type: 'missing', loc: ['body', 'file'] },
          { type: 'int_type', loc: ['body', 'count'] },
        ],
      ]);
      const headers = { 'content-type': 'multipart/form-data; boundary=x' };
      expect(await post('upload', 'no form', headers)).toMatchObject({ status: 400, fault: 'caller' });
    });

    test('a struct with Content is a file', async () => {
      const { status, headers, text: body } = await post('file', '');
      expect([status, body]).toEqual([201, 'a,b\n']);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/csv',
        'content-disposition': `attachment; filename="gr__e.csv"; filename*=UTF-8''gr%C3%BC%C3%9Fe.csv`,
        'x-rows': '1',
      });
    });

    test('static files are served by their names', async () => {
      const source = await fetch(`${job.address}/api/v1/source`);
      expect([source.status, source.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
      expect((await fetch(`${job.address}/api/v1/shapes/shapes.go`)).status).toBe(200);
      expect((await fetch(`${job.address}/api/v1/shapes`)).status).toBe(404);
    });
  });

  describe('calls of other jobs', () => {
    test('carry the token, the marks of the call and the time that is left', async () => {
      reply = { status: 200, headers: {}, body: '{"answer":42}' };
      const headers = { 'x-request-tracing-id': 'trace-8', 'x-caller-name': 'me', 'x-request-timeout': '20' };
      expect(await post('chain', { Job: 'adder/1.2/more/deep' }, headers)).toMatchObject({ text: '{"answer":42}' });
      expect(asked).toMatchObject({ method: 'POST', url: '/pub/job/adder/1.2/api/v1/more/deep' });
      expect(asked?.headers).toMatchObject({
        'x-racetrack-auth': 'token-of-this-job',
        'x-request-tracing-id': 'trace-8',
        'x-caller-name': 'me',
        'content-type': 'application/json',
      });
      const left = Number(asked?.headers['x-request-timeout']);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(20);
    });

    test.each([
      [409, {}, 409, 'job'],
      [401, {}, 502, 'job'],
      [429, { 'retry-after': '3', 'x-racetrack-fault': 'platform' }, 429, 'platform'],
      [302, { location: '/elsewhere' }, 502, 'job'],
    ])('answered with %s', async (status, headers, seen, fault) => {
      reply = { status, headers, body: '{"error":"inner","type":"Inner"}' };
      const answer = await post('chain', { Job: 'adder' });
      expect(answer).toMatchObject({ status: seen, fault });
      expect(JSON.parse(answer.text)).toEqual({
        error: expect.stringMatching(/^failed to call job "adder latest" by everything: .*inner/),
        type: 'JobCallError',
      });
      if (status === 429) expect(answer.headers.get('retry-after')).toBe('3');
    });

    test('an answer that is no JSON is one that cannot be used', async () => {
      reply = { status: 200, headers: {}, body: 'hello' };
      expect(await post('chain', { Job: 'adder' })).toMatchObject({ status: 502, fault: 'job' });
    });
  });

  test('its metrics are among the others', async () => {
    const metrics = await (await fetch(`${job.address}/metrics`)).text();
    expect(metrics).toContain('job_figure{a="b"} 1.5');
    expect(metrics).toContain('job_plain 2');
  });

  describe('pages', () => {
    const page = (path: string) => `${job.address}/pub/job/everything/latest/api/v1/webview${path}`;
    test('are told their address, and see their own part of it', async () => {
      const response = await fetch(page(''));
      expect(await response.text()).toBe('<h1>/pub/job/everything/0.0.1/api/v1/webview</h1>');
    });

    test('take bodies, and answer with status and headers', async () => {
      const body = Buffer.alloc(2_000_000, 'x');
      const response = await fetch(page('/echo?a=1'), { method: 'PUT', body });
      expect([response.status, response.headers.get('x-query')]).toEqual([418, 'a=1']);
      expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
      expect((await (await fetch(page('/large'))).arrayBuffer()).byteLength).toBe(5_000_000);
    });

    test('that panic are answered as calls are', async () => {
      const response = await fetch(page('/panic'));
      expect([response.status, response.headers.get('x-racetrack-fault')]).toEqual([500, 'job']);
      expect(await response.json()).toEqual({ error: 'page', type: 'panic' });
      await logged(/ERROR page, cause=panic, traceback=\S+files\.go:\d+/);
    });

    test('are sent as they are written, and hear when the reader leaves', async () => {
      const abort = new AbortController();
      const response = await fetch(page('/slow'), { signal: abort.signal });
      const { value } = await response.body!.getReader().read();
      expect(Buffer.from(value!).toString()).toBe('first\n');
      abort.abort();
      await logged(/the reader of the page has left/);
    });

    test('speak WebSocket', async () => {
      const socket = new WebSocket(page('/socket').replace('http', 'ws'));
      const messages: string[] = [];
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      socket.on('message', (data) => {
        messages.push(String(data));
        socket.send(messages.length === 1 ? 'two' : 'bye');
      });
      socket.on('open', () => socket.send('one'));
      expect(await closed).toBe(4000);
      expect(messages).toEqual(['ONE', 'TWO']);
    });

    test('may refuse a WebSocket, and hear of its end', async () => {
      const refused = new WebSocket(page('/socket').replace('http', 'ws'), { headers: { 'x-refuse': 'yes' } });
      const error = new Promise<Error>((resolve) => refused.on('error', resolve));
      expect((await error).message).toContain('403');
      const left = new WebSocket(page('/socket').replace('http', 'ws'));
      left.on('open', () => left.close(1001, 'away'));
      await logged(/the socket was closed: \S*away/);
    });
  });

  test('its shutdown runs at the end', async () => {
    await job.stop();
    expect(job.logs()).toMatch(/INFO {2}shutting down$/m);
  });
});

interface Document {
  // biome-ignore lint/suspicious/noExplicitAny: a document is looked into by its names
  readonly paths: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly components: any;
}

const document = async () => (await (await fetch(`${job.address}/openapi.json`)).json()) as Document;
