/** Owns OpenTelemetry: one span per call, sent to the collector that the environment names; nothing is loaded without one. */
import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { JobIdentity } from './config.ts';
import { type Fault, messageOf } from './core/errors.ts';

export interface TracingOptions {
  readonly job: JobIdentity;
  /** Receives what is wrong with the configuration, or with reaching the collector. */
  readonly warn: (message: string) => void;
}

export interface TracedCall {
  readonly method: string;
  /** The route as registered, such as `/perform`. */
  readonly route: string;
  /** The headers of that name, as received. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

export interface CallOutcome {
  readonly status: number;
  readonly fault?: Fault | undefined;
  /** Type of the error, such as `ValueError`. */
  readonly errorType?: string | undefined;
}

export interface CallSpan {
  /** To be handed to the job: its own calls continue the trace with it. */
  readonly traceparent: string;
  end(outcome: CallOutcome): void;
}

type Environment = { readonly [name: string]: string | undefined };

const SHUTDOWN_LIMIT_MS = 2000;

/** Null when no collector is configured, or when it cannot be used; the reason is then a warning, never a failure. */
export async function createTracing(env: Environment, options: TracingOptions): Promise<Tracing | null> {
  const url = tracesUrl(env);
  if (url === null || env.OTEL_SDK_DISABLED === 'true') return null;
  if (!URL.canParse(url)) {
    options.warn(
      `Calls are not traced: the OpenTelemetry endpoint "${url}" is not a URL such as http://collector:4318`,
    );
    return null;
  }
  try {
    return await loadTracing(url, options);
  } catch (error) {
    options.warn(`Calls are not traced: ${messageOf(error)}`);
    return null;
  }
}

/** A collector's address for traces, or the address to which every signal's path is added. */
function tracesUrl(env: Environment): string | null {
  const traces = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (traces) return traces;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base ? `${base.replace(/\/$/, '')}/v1/traces` : null;
}

async function loadTracing(url: string, { job, warn }: TracingOptions): Promise<Tracing> {
  const [api, sdk, exporter, resources] = await Promise.all([
    load('@opentelemetry/api', () => import('@opentelemetry/api')),
    load('@opentelemetry/sdk-trace-node', () => import('@opentelemetry/sdk-trace-node')),
    load('@opentelemetry/exporter-trace-otlp-http', () => import('@opentelemetry/exporter-trace-otlp-http')),
    load('@opentelemetry/resources', () => import('@opentelemetry/resources')),
  ]);
  const described = resources.resourceFromAttributes({ 'service.name': job.name, 'service.version': job.version });
  const fromEnvironment = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(described).merge(fromEnvironment),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url }))],
  });
  return new Tracing({ api, provider, job, report: createReporter(api, url, warn) });
}

async function load<Module>(name: string, importModule: () => Promise<Module>): Promise<Module> {
  try {
    return await importModule();
  } catch (error) {
    const hint = `the optional package ${name} cannot be loaded; install it with: npm install ${name}`;
    throw new Error(`${hint} (${messageOf(error)})`, { cause: error });
  }
}

/** Says once that spans get lost, whether the SDK tells its own logger or us: one line is enough to find the cause. */
function createReporter(api: Api, url: string, warn: (message: string) => void): (message: string) => void {
  let reported = false;
  const report = (message: string): void => {
    if (reported) return;
    reported = true;
    warn(`Spans do not reach the OpenTelemetry collector at ${url}: ${plainMessage(message)}`);
  };
  const ignore = (): void => undefined;
  const logger = { error: report, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
  api.diag.setLogger(logger, { logLevel: api.DiagLogLevel.ERROR, suppressOverrideMessage: true });
  return report;
}

/** The SDK logs errors as JSON, with the stack and all. */
function plainMessage(message: string): string {
  try {
    return String((JSON.parse(message) as { message?: unknown }).message ?? message);
  } catch {
    return message;
  }
}

type Api = typeof import('@opentelemetry/api');

interface TracingParts {
  readonly api: Api;
  readonly provider: NodeTracerProvider;
  readonly job: JobIdentity;
  readonly report: (message: string) => void;
}

class Tracing {
  readonly #api: Api;
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;
  readonly #job: JobIdentity;
  readonly #report: (message: string) => void;

  constructor({ api, provider, job, report }: TracingParts) {
    this.#api = api;
    this.#provider = provider;
    this.#tracer = provider.getTracer('racetrack-wrapper');
    this.#job = job;
    this.#report = report;
  }

  /** Opens the span of one call, below the caller's own span when there is one. */
  startCall(call: TracedCall): CallSpan {
    const span = this.#tracer.startSpan(
      `${call.method} ${call.route}`,
      {
        kind: this.#api.SpanKind.SERVER,
        attributes: {
          'http.request.method': call.method,
          'http.route': call.route,
          'racetrack.job.name': this.#job.name,
          'racetrack.job.version': this.#job.version,
        },
      },
      this.#parentOf(call),
    );
    return { traceparent: formatParent(span.spanContext()), end: (outcome) => this.#end(span, outcome) };
  }

  /** Sends what is left, for at most so long: a collector that hangs must not hold up the end. */
  async shutdown(limitMs: number = SHUTDOWN_LIMIT_MS): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    const sent = this.#provider.shutdown().catch((error: unknown) => this.#report(messageOf(error)));
    await Promise.race([sent, limit]);
    clearTimeout(timer);
  }

  #parentOf(call: TracedCall): Context {
    const { ROOT_CONTEXT, createTraceState, isSpanContextValid, trace } = this.#api;
    const parent = parseParent(call.traceparent);
    if (parent === null || !isSpanContextValid(parent)) return ROOT_CONTEXT;
    const state = call.tracestate ? { traceState: createTraceState(call.tracestate) } : {};
    return trace.setSpanContext(ROOT_CONTEXT, { ...parent, ...state });
  }

  #end(span: Span, { status, fault, errorType }: CallOutcome): void {
    span.setAttribute('http.response.status_code', status);
    if (fault !== undefined) span.setAttribute('racetrack.fault', fault);
    if (errorType !== undefined) span.setAttribute('error.type', errorType);
    // By OpenTelemetry's rules a caller's mistake is no error of the server's span.
    if (status >= 500) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    span.end();
  }
}

export type { Tracing };

/** Reads a W3C `traceparent`; whatever is malformed is as good as absent. */
function parseParent(header: string | undefined): SpanContext | null {
  const match = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/.exec(header?.trim() ?? '');
  if (!match) return null;
  const [, traceId = '', spanId = '', flags = ''] = match;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function formatParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
