/** Owns which request goes where: calls of the job take the short way, everything else is passed on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { WrapperConfig } from '../config.ts';
import type { Fields, Logger } from '../core/log.ts';
import type { EndpointStats, JobMetrics } from '../metrics.ts';
import { FrameFlag } from '../protocol/frame.ts';
import type { ErrorMeta, JobDescription } from '../protocol/messages.ts';
import type { CallSpan, Tracing } from '../tracing.ts';
import type { Exchange } from '../worker/call.ts';
import type { Gate } from '../worker/gate.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { AccessLog } from './access-log.ts';
import { readBody } from './body.ts';
import { type CallHost, type CallOutcome, HttpCall } from './http-call.ts';
import type { OpenViews } from './open-views.ts';
import { OtherRoutes } from './other-routes.ts';
import type { JobStatus } from './probes.ts';
import { isJson, type RequestInfo, readRequestInfo } from './request-info.ts';
import { corsHeaders, drain, sendError } from './respond.ts';
import { isWebview, RouteTable, splitPrefix } from './route-table.ts';
import { refuseRaw } from './server.ts';

/** How often deadlines and callers of running calls are looked at. */
const CHECK_MS = 20;

export interface FrontParts {
  readonly config: WrapperConfig;
  readonly logger: Logger;
  readonly metrics: JobMetrics;
  readonly pool: WorkerPool;
  readonly gate: Gate;
  /** What is open to the job's user interface. */
  readonly views: OpenViews;
  /** Null when calls are not traced. */
  readonly tracing: Tracing | null;
}

/** One request with what is known about it from its first line and headers. */
export interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly info: RequestInfo;
  readonly started: number;
  /** The path as received, without the query. */
  readonly path: string;
  readonly query: string;
  /** The address as received. */
  readonly uri: string;
  /** Set once it has become a call: calls count and log themselves. */
  isCall: boolean;
}

export class FrontEnd implements CallHost {
  readonly overrunMs: number;
  readonly #parts: FrontParts;
  readonly #log: AccessLog;
  readonly #others: OtherRoutes;
  #routes: RouteTable | undefined;
  #stats: EndpointStats[] = [];
  #checking: NodeJS.Timeout | undefined;
  #stopping = false;
  #refusing = false;

  constructor(parts: FrontParts) {
    this.#parts = parts;
    this.overrunMs = parts.config.limits.overrunMs;
    this.#log = new AccessLog(parts.logger, parts.config);
    this.#others = new OtherRoutes(parts, {
      status: () => this.status,
      call: (visit, endpoint, params) => this.#call(visit, endpoint, params),
      routes: () => this.#routes,
    });
  }

  get status(): JobStatus {
    const { pool, config } = this.#parts;
    const state = config.failure ? 'failed' : pool.state;
    return {
      state: this.#stopping ? 'stopping' : state,
      failure: config.failure ?? pool.failure,
      description: pool.description,
    };
  }

  /** Takes over what the workers now serve. */
  describe(description: JobDescription): void {
    this.#routes = new RouteTable(description);
    this.#stats = description.endpoints.map((endpoint) => this.#parts.metrics.endpoint(endpoint.path));
    this.#others.describe(description);
  }

  /** From now on `/ready` says no; calls are still taken. */
  announceStop(): void {
    this.#stopping = true;
  }

  /** From now on calls are refused. */
  refuseCalls(): void {
    this.#refusing = true;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const started = performance.now();
    this.#parts.metrics.http.started();
    const info = readRequestInfo(req.rawHeaders, this.#parts.config);
    const uri = req.url as string;
    const { path, query } = splitUri(uri);
    const visit: Visit = { req, res, info, started, path, query, uri, isCall: false };
    this.#log.arrived(req.method as string, uri, info);
    if (info.problem !== undefined) {
      this.#watch(visit);
      sendError(res, 'BadRequest', info.problem, ['connection', 'close']);
      drain(req);
      return;
    }
    const endpoint = req.method === 'POST' ? this.#routes?.exact(path)?.post : undefined;
    if (endpoint !== undefined) {
      this.#call(visit, endpoint);
    } else {
      this.#others.handle(visit);
      if (!visit.isCall) this.#watch(visit);
    }
  }

  /** A WebSocket, or any other upgrade: only the job's own user interface speaks one. */
  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const info = readRequestInfo(req.rawHeaders, this.#parts.config);
    const { path, query } = splitUri(req.url as string);
    const { prefix, rest } = splitPrefix(path);
    this.#log.arrived(req.method as string, req.url as string, info);
    const webview = this.status.description?.webview;
    if (info.problem !== undefined || webview !== 'asgi' || !isWebview(rest)) {
      refuseRaw(socket, 'BadRequest', info.problem ?? 'there is no WebSocket at this address');
      return;
    }
    const { serveWebsocket } = await import('./websocket.ts');
    serveWebsocket({ req, socket, head, path, query, prefix, parts: this.#parts });
  }

  settled(call: HttpCall, outcome: CallOutcome, milliseconds: number): void {
    const { metrics } = this.#parts;
    const seconds = milliseconds / 1000;
    metrics.http.done(seconds);
    (this.#stats[call.endpoint] as EndpointStats).done(seconds, outcome.failed, outcome.counted);
    call.span?.end({ status: outcome.status, fault: outcome.fault });
    if (outcome.fault !== undefined) metrics.errorAnswered(outcome.fault);
    if (outcome.status === 500) metrics.http.serverError();
    if (outcome.status === 499)
      this.#parts.logger.log('INFO', 'Request cancelled by the client', this.#log.fields(call.info));
    this.#log.answered(call.req.method as string, call.req.url as string, call.info, outcome.status);
  }

  left(): void {
    this.#parts.gate.leave();
  }

  jobError(call: HttpCall, meta: ErrorMeta): void {
    this.#parts.logger.log('ERROR', meta.message, {
      cause: meta.cause,
      traceback: meta.traceback || undefined,
      fault: meta.fault,
      ...this.#log.fields(call.info),
    });
  }

  /** What ties a log line of the job to the request it was written in. */
  fieldsOf(exchange: Exchange | undefined): Fields | undefined {
    const { info } = (exchange ?? {}) as { info?: RequestInfo };
    return info && this.#log.fields(info);
  }

  #call(visit: Visit, endpoint: number, params?: { readonly [name: string]: string }): void {
    const { req, res, info } = visit;
    visit.isCall = true;
    const { limits } = this.#parts.config;
    const timeoutMs = shorterTimeout(limits.timeoutMs, info.timeout);
    if (this.#refusing || timeoutMs === undefined) {
      this.#watch(visit);
      const cors = corsHeaders(info.origin);
      if (this.#refusing) sendError(res, 'ShuttingDown', 'the job is shutting down', [...cors, 'connection', 'close']);
      else sendError(res, 'BadRequest', 'X-Request-Timeout must be a positive number of seconds', cors);
      drain(req);
      return;
    }
    readBody(
      req,
      { contentLength: info.contentLength, limit: limits.maxBody },
      {
        onTooLarge: () => {
          this.#watch(visit);
          sendError(
            res,
            'PayloadTooLarge',
            `the body is larger than the limit of ${limits.maxBody} bytes`,
            corsHeaders(info.origin),
          );
          drain(req);
        },
        onBody: (body) => {
          const span = this.#startSpan(visit, endpoint);
          const meta = JSON.stringify({
            method: req.method,
            path: visit.path,
            query: visit.query,
            headers: span ? withTraceparent(req.rawHeaders, span.traceparent) : req.rawHeaders,
            client: req.socket.remoteAddress,
            params,
          });
          const flags = isJson(info.contentType) ? 0 : FrameFlag.raw;
          const call = new HttpCall(this, visit, { endpoint, flags, meta, body, timeoutMs });
          call.span = span;
          (this.#stats[endpoint] as EndpointStats).started();
          this.#checking ??= setInterval(() => this.#check(), CHECK_MS);
          this.#parts.gate.enter(call);
        },
      },
    );
  }

  #startSpan({ req, info }: Visit, endpoint: number): CallSpan | undefined {
    const { tracing } = this.#parts;
    if (tracing === null) return undefined;
    const route = this.status.description?.endpoints[endpoint]?.path ?? '/';
    const tracestate = req.headers.tracestate;
    return tracing.startCall({
      method: req.method as string,
      route,
      traceparent: info.traceparent,
      tracestate: Array.isArray(tracestate) ? tracestate.join(',') : tracestate,
    });
  }

  /** Counts and logs an answer that is no call. */
  #watch(visit: Visit): void {
    const { req, res, info, started, uri } = visit;
    const { metrics } = this.#parts;
    res.once('close', () => {
      metrics.http.done((performance.now() - started) / 1000);
      this.#log.answered(req.method as string, uri, info, res.statusCode);
    });
  }

  #check(): void {
    const { gate, pool } = this.#parts;
    const now = performance.now();
    gate.check(now);
    for (const worker of pool.workers) worker.check(now);
    if (gate.running === 0 && gate.waiting === 0) {
      clearInterval(this.#checking);
      this.#checking = undefined;
    }
  }
}

/** The job sees the span of this call as the parent of what it calls in turn. */
function withTraceparent(raw: readonly string[], traceparent: string): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if ((raw[i] as string).toLowerCase() !== 'traceparent') headers.push(raw[i] as string, raw[i + 1] as string);
  }
  return [...headers, 'traceparent', traceparent];
}

function splitUri(uri: string): { path: string; query: string } {
  const mark = uri.indexOf('?');
  return mark < 0 ? { path: uri, query: '' } : { path: uri.slice(0, mark), query: uri.slice(mark + 1) };
}

/** The caller may ask for less time than the server allows, not for more; undefined for what is no time. */
function shorterTimeout(limitMs: number, asked: string | undefined): number | undefined {
  if (asked === undefined) return limitMs;
  const milliseconds = Number(asked) * 1000;
  if (!(milliseconds > 0) || asked.trim() === '') return undefined;
  return limitMs > 0 ? Math.min(limitMs, milliseconds) : milliseconds;
}
