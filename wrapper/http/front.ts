/** Owns which request goes where: calls of the job take the short way, everything else is passed on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { WrapperConfig } from '../config.ts';
import type { Fields, Logger } from '../core/log.ts';
import type { JobMetrics } from '../metrics.ts';
import type { JobDescription } from '../protocol/messages.ts';
import type { Tracing } from '../tracing.ts';
import type { Exchange } from '../worker/call.ts';
import type { Gate } from '../worker/gate.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { AccessLog } from './access-log.ts';
import type { BodyFiles } from './body-files.ts';
import { Calls, type CallTarget } from './calls.ts';
import type { OpenViews } from './open-views.ts';
import { OtherRoutes } from './other-routes.ts';
import type { JobStatus } from './probes.ts';
import { type RequestInfo, readRequestInfo } from './request-info.ts';
import { drain, sendError } from './respond.ts';
import { isWebview, RouteTable, splitPrefix } from './route-table.ts';
import { condemn, isCondemned, refuseRaw } from './server.ts';

const SLASH = 47;

export interface FrontParts {
  readonly config: WrapperConfig;
  readonly logger: Logger;
  readonly metrics: JobMetrics;
  readonly pool: WorkerPool;
  readonly gate: Gate;
  readonly bodyFiles: BodyFiles;
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
}

export class FrontEnd {
  readonly #parts: FrontParts;
  readonly #log: AccessLog;
  readonly #calls: Calls;
  readonly #others: OtherRoutes;
  #routes: RouteTable | undefined;
  #stopping = false;

  constructor(parts: FrontParts) {
    this.#parts = parts;
    this.#log = new AccessLog(parts.logger, parts.config);
    this.#calls = new Calls(parts, this.#log);
    this.#others = new OtherRoutes(parts, { status: () => this.status, routes: () => this.#routes });
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
    this.#calls.describe(description);
    this.#others.describe(description);
  }

  /** From now on `/ready` says no; calls are still taken. */
  announceStop(): void {
    this.#stopping = true;
  }

  /** From now on calls are refused. */
  refuseCalls(): void {
    this.#calls.refuse();
  }

  /** How many calls wait for a check of their input or result. */
  get beingChecked(): number {
    return this.#calls.beingChecked;
  }

  /** Ends what runs beside the server. */
  stop(): Promise<void> {
    return this.#calls.stop();
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    if (isCondemned(req.socket)) return;
    const started = performance.now();
    this.#parts.metrics.http.started();
    const info = readRequestInfo(req.rawHeaders, this.#parts.config);
    if (!info.host && req.httpVersion === '1.1') info.problem ??= 'the Host header is missing';
    const uri = originForm(req.url as string);
    const { path, query } = splitUri(uri);
    const visit: Visit = { req, res, info, started, path, query, uri };
    this.#log.arrived(req.method as string, uri, info);
    if (info.problem !== undefined) {
      condemn(req.socket);
      this.#watch(visit);
      sendError(res, 'BadRequest', info.problem, ['connection', 'close']);
      drain(req);
      return;
    }
    const target = this.#findCall(visit);
    if (target) {
      this.#calls.take(visit, target, () => this.#watch(visit));
    } else {
      this.#watch(visit);
      this.#others.handle(visit);
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

  /** What ties a log line of the job to the request it was written in. */
  fieldsOf(exchange: Exchange | undefined): Fields | undefined {
    const { info } = (exchange ?? {}) as { info?: RequestInfo };
    return info && this.#log.fields(info);
  }

  /** The function of the job at this address and verb, if there is one. */
  #findCall({ req, path }: Visit): CallTarget | undefined {
    const { method } = req;
    if (method !== 'POST' && method !== 'GET') return undefined;
    const exact = method === 'POST' ? this.#routes?.exact(path)?.post : undefined;
    if (exact !== undefined) return { endpoint: exact, params: undefined };
    const match = this.#routes?.match(splitPrefix(path).rest, method);
    const endpoint = method === 'POST' ? match?.route.post : match?.route.get;
    return endpoint === undefined ? undefined : { endpoint, params: match?.params };
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
}

/** An address may be given in whole, as to a proxy: where it leads is the same. */
function originForm(uri: string): string {
  if (uri.charCodeAt(0) === SLASH) return uri;
  const [whole, path = ''] = /^https?:\/\/[^/?]*(.*)$/i.exec(uri) ?? [];
  if (whole === undefined) return uri;
  return path.startsWith('/') ? path : `/${path}`;
}

function splitUri(uri: string): { path: string; query: string } {
  const mark = uri.indexOf('?');
  return mark < 0 ? { path: uri, query: '' } : { path: uri.slice(0, mark), query: uri.slice(mark + 1) };
}
