/** Spans of calls, against a collector of our own that speaks OTLP over HTTP. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, expect, test, vi } from 'vitest';
import { createTracing } from '../../wrapper/tracing.ts';

type Attributes = { [key: string]: unknown };

interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly status: number | undefined;
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

interface Collector {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly paths: (string | undefined)[];
}

const JOB = { name: 'adder', version: '0.0.1' };
const PARENT = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function startCollector(answer: 'ok' | 'refuse' | 'hang' = 'ok'): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const paths: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    paths.push(request.url);
    if (answer === 'hang') return;
    spans.push(...readSpans(Buffer.concat(pieces).toString()));
    response.writeHead(answer === 'ok' ? 200 : 400, { 'Content-Type': 'application/json' }).end('{}');
  });
  await listen(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, paths };
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
}

interface OtlpAttribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}

interface OtlpBody {
  resourceSpans: {
    resource: { attributes: OtlpAttribute[] };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, 'attributes' | 'resource' | 'status'> & {
        attributes: OtlpAttribute[];
        status: { code?: number };
      })[];
    }[];
  }[];
}

function readSpans(text: string): ReceivedSpan[] {
  const body = JSON.parse(text) as OtlpBody;
  const plain = (list: OtlpAttribute[]): Attributes =>
    Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap((scope) => scope.spans)
      .map((span) => ({
        ...span,
        status: span.status.code,
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
      })),
  );
}

async function trace(env: { [name: string]: string }, warn: (message: string) => void = () => undefined) {
  const tracing = await createTracing(env, { job: JOB, warn });
  if (tracing === null) throw new Error('tracing is off');
  return tracing;
}

test.each([
  ['no endpoint', {}],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  ['the SDK switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }],
])('with %s calls are not traced, and nobody is warned', async (_title, env) => {
  const warnings: string[] = [];
  expect(await createTracing(env, { job: JOB, warn: (message) => warnings.push(message) })).toBeNull();
  expect(warnings).toEqual([]);
});

test('an endpoint that is no URL is a warning', async () => {
  const warnings: string[] = [];
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' };
  expect(await createTracing(env, { job: JOB, warn: (message) => warnings.push(message) })).toBeNull();
  expect(warnings.join()).toContain('"collector/v1/traces" is not a URL');
});

test('a call becomes a span with method, route, status, job and fault', async () => {
  const collector = await startCollector();
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` });
  tracing.startCall({ method: 'POST', route: '/perform' }).end({ status: 200 });
  tracing.startCall({ method: 'POST', route: '/explain' }).end({ status: 500, fault: 'job', errorType: 'KeyError' });
  tracing.startCall({ method: 'POST', route: '/refuse' }).end({ status: 422, fault: 'caller' });
  await tracing.shutdown();
  expect(collector.paths).toEqual(['/v1/traces']);
  const [good, failed, refused] = collector.spans;
  expect(good).toMatchObject({
    name: 'POST /perform',
    kind: 2,
    resource: { 'service.name': 'adder', 'service.version': '0.0.1' },
  });
  expect(good?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/perform',
    'http.response.status_code': 200,
    'racetrack.job.name': 'adder',
    'racetrack.job.version': '0.0.1',
  });
  expect(good?.parentSpanId).toBeUndefined();
  expect(good?.status).toBe(0);
  expect(failed?.attributes).toMatchObject({ 'racetrack.fault': 'job', 'error.type': 'KeyError' });
  expect(failed?.status).toBe(2);
  expect(refused?.status).toBe(0);
  expect(new Set(collector.spans.map((span) => span.traceId)).size).toBe(3);
});

test("the caller's trace goes on through us to the job", async () => {
  const collector = await startCollector();
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const traceparent = `00-${PARENT.trace}-${PARENT.span}-01`;
  const call = tracing.startCall({ method: 'POST', route: '/perform', traceparent, tracestate: 'vendor=1' });
  call.end({ status: 200 });
  await tracing.shutdown();
  const [span] = collector.spans;
  expect(span).toMatchObject({ traceId: PARENT.trace, parentSpanId: PARENT.span, traceState: 'vendor=1' });
  expect(call.traceparent).toBe(`00-${PARENT.trace}-${span?.spanId}-01`);
});

test('a trace that the caller does not record is passed on, but not sent', async () => {
  const collector = await startCollector();
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const call = tracing.startCall({
    method: 'POST',
    route: '/perform',
    traceparent: `00-${PARENT.trace}-${PARENT.span}-00`,
  });
  call.end({ status: 200 });
  await tracing.shutdown();
  expect(call.traceparent).toMatch(new RegExp(`^00-${PARENT.trace}-[\\da-f]{16}-00$`));
  expect(collector.spans).toEqual([]);
});

test.each([
  ['nonsense', 'x'],
  ['zero ids', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['the forbidden version', `ff-${PARENT.trace}-${PARENT.span}-01`],
  ['capital letters', `00-${PARENT.trace.toUpperCase()}-${PARENT.span}-01`],
])('a traceparent of %s starts a trace of its own', async (_title, traceparent) => {
  const collector = await startCollector();
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const call = tracing.startCall({ method: 'POST', route: '/perform', traceparent });
  call.end({ status: 200 });
  await tracing.shutdown();
  expect(call.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
  expect(call.traceparent).not.toContain(PARENT.trace);
  expect(collector.spans[0]?.parentSpanId).toBeUndefined();
});

test("the address of traces alone is used as it is, before the others'", async () => {
  const collector = await startCollector();
  const tracing = await trace({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/mine`,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  });
  tracing.startCall({ method: 'POST', route: '/perform' }).end({ status: 200 });
  await tracing.shutdown();
  expect(collector.paths).toEqual(['/mine']);
});

test('a collector that refuses is reported once, and calls go on', async () => {
  const collector = await startCollector('refuse');
  const warnings: string[] = [];
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, (message) => warnings.push(message));
  // More than one batch: the first is sent while calls go on, the rest at the shutdown.
  for (let call = 0; call < 600; call += 1)
    tracing.startCall({ method: 'POST', route: '/perform' }).end({ status: 200 });
  await vi.waitFor(() => expect(warnings).toHaveLength(1), 5000);
  await tracing.shutdown();
  expect(collector.spans).toHaveLength(600);
  const reason = `Spans do not reach the OpenTelemetry collector at ${collector.url}/v1/traces: Bad Request`;
  expect(warnings).toEqual([reason]);
});

test('spans lost at the shutdown are reported', async () => {
  const collector = await startCollector('refuse');
  const warnings: string[] = [];
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, (message) => warnings.push(message));
  tracing.startCall({ method: 'POST', route: '/perform' }).end({ status: 200 });
  await tracing.shutdown();
  expect(warnings.join()).toContain('Bad Request');
});

test('a collector that never answers does not hold up the shutdown', async () => {
  const collector = await startCollector('hang');
  const tracing = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  tracing.startCall({ method: 'POST', route: '/perform' }).end({ status: 200 });
  await tracing.shutdown(200);
  expect(collector.spans).toEqual([]);
});

test('a missing package is a warning that names it and says how to install it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracing-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, 'tracing.mjs');
  const external = ['sdk-trace-node', 'exporter-trace-otlp-http', 'resources'].map((name) => `@opentelemetry/${name}`);
  await build({
    entryPoints: ['wrapper/tracing.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external,
    outfile,
  });
  const script = `
    import { createTracing } from ${JSON.stringify(outfile)};
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    const job = { name: 'adder', version: '1' };
    console.log(await createTracing(env, { job, warn: (message) => console.log(message) }));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/^Calls are not traced: the optional package @opentelemetry\/[\w-]+ cannot be loaded;/);
  expect(run.stdout).toContain('install it with: npm install @opentelemetry/');
  expect(run.stdout.trimEnd().endsWith('\nnull')).toBe(true);
});
