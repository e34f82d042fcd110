/** Owns the requests of a job that runs in workers of ours: its functions, its files, its signature and its user interface. */
import type { JobDescription, StaticFile } from '../protocol/messages.ts';
import type { Call } from '../worker/call.ts';
import type { Gate } from '../worker/gate.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { Calls, type CallTarget } from './calls.ts';
import type { FrontParts, JobSide, UpgradeRequest, Visit } from './job-side.ts';
import { methodNotAllowed, notFound, redirect } from './plain-answers.ts';
import { drain, FAULT_HEADER, sendJson } from './respond.ts';
import { API, decode, isWebview, RouteTable, splitPrefix } from './route-table.ts';
import { refuseRaw } from './server.ts';

export interface WorkerParts extends FrontParts {
  readonly runner: WorkerPool;
  readonly gate: Gate<Call>;
}

export class WorkerSide implements JobSide {
  readonly #parts: WorkerParts;
  readonly #calls: Calls;
  #routes: RouteTable | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#calls = new Calls(parts);
  }

  describe(description: JobDescription): void {
    this.#routes = new RouteTable(description);
    this.#calls.describe(description);
  }

  refuse(): void {
    this.#calls.refuse();
  }

  get beingChecked(): number {
    return this.#calls.beingChecked;
  }

  stop(): Promise<void> {
    return this.#calls.stop();
  }

  take(visit: Visit, watch: () => void): boolean {
    const target = this.#findCall(visit);
    if (target) this.#calls.take(visit, target, watch);
    return target !== undefined;
  }

  serve(visit: Visit, prefix: string, rest: string): void {
    if (isWebview(rest)) void this.#serveWebview(visit, prefix, rest);
    else this.#serveApi(visit, rest);
  }

  async upgrade({ req, socket, head, path, query }: UpgradeRequest): Promise<void> {
    const { prefix, rest } = splitPrefix(path);
    const webview = this.#parts.runner.description?.webview;
    if ((webview !== 'asgi' && webview !== 'http') || !isWebview(rest)) {
      refuseRaw(socket, 'BadRequest', 'there is no WebSocket at this address');
      return;
    }
    const { serveWebsocket } = await import('./websocket.ts');
    serveWebsocket({ req, socket, head, path, query, prefix, parts: this.#parts });
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

  #serveApi(visit: Visit, rest: string): void {
    const { req } = visit;
    const route = this.#routes?.match(rest, req.method)?.route;
    if (route?.file && req.method === 'GET') {
      void this.#serveFile(visit, route.file);
    } else if (rest === `${API}/parameters` && req.method === 'GET') {
      this.#serveParameters(visit);
    } else if (rest === `${API}/perform` && req.method === 'POST') {
      noPerform(visit);
    } else if (route || rest === `${API}/parameters` || rest === `${API}/perform`) {
      methodNotAllowed(visit);
    } else if (rest.endsWith('/') && this.#routes?.match(rest.replace(/\/+$/, ''), req.method)) {
      redirect(visit, `../${(decode(rest) ?? rest).replace(/\/+$/, '').split('/').pop()}`);
    } else {
      notFound(visit);
    }
  }

  #serveParameters(visit: Visit): void {
    const perform = this.#parts.runner.description?.endpoints.find((endpoint) => endpoint.kind === 'perform');
    if (perform) sendJson(visit.res, 200, perform.parameters);
    else noPerform(visit);
  }

  async #serveFile(visit: Visit, file: StaticFile): Promise<void> {
    const { serveStaticFile } = await import('./static-files.ts');
    await settle(visit, serveStaticFile(file, visit.req, visit.res));
  }

  async #serveWebview(visit: Visit, prefix: string, rest: string): Promise<void> {
    if (this.#parts.runner.description?.webview === null) {
      notFound(visit);
      return;
    }
    const { serveWebview } = await import('./webview.ts');
    await settle(visit, serveWebview({ visit, prefix, rest, parts: this.#parts }));
  }
}

function noPerform(visit: Visit): void {
  const body = { error: "entrypoint doesn't have 'perform' method implemented", type: 'ValueError' };
  sendJson(visit.res, 400, body, [FAULT_HEADER, 'caller']);
  drain(visit.req);
}

/** A failure while a body is being sent can only end the connection. */
async function settle(visit: Visit, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    visit.res.destroy();
  }
}
