/** Owns every request that is not a plain call: probes, redirects, metrics, files, documentation, and all other prefixes and verbs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderMetrics } from '../metrics.ts';
import type { JobDescription } from '../protocol/messages.ts';
import { collectMetrics } from '../worker/collect.ts';
import type { FrontParts, Visit } from './front.ts';
import { answerProbe, type JobStatus } from './probes.ts';
import { corsHeaders, drain, FAULT_HEADER, sendJson } from './respond.ts';
import { API, decode, isWebview, type RouteTable, splitPrefix } from './route-table.ts';

/** What the front end does for these routes. */
export interface OtherHost {
  status(): JobStatus;
  routes(): RouteTable | undefined;
}

const PREFLIGHT_METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
const DOCS = /^\/(docs(\/.*)?|openapi\.json|redoc)$/;

type DocsApp = (req: IncomingMessage, res: ServerResponse) => void;

export class OtherRoutes {
  readonly #parts: FrontParts;
  readonly #host: OtherHost;
  #description: JobDescription | undefined;
  #docs: Promise<DocsApp> | undefined;

  constructor(parts: FrontParts, host: OtherHost) {
    this.#parts = parts;
    this.#host = host;
  }

  describe(description: JobDescription): void {
    this.#description = description;
    this.#docs = undefined;
  }

  handle(visit: Visit): void {
    const { req, res, info } = visit;
    for (const [name, value] of pairs(corsHeaders(info.origin))) res.setHeader(name, value);
    if (req.method === 'OPTIONS' && info.origin !== undefined && req.headers['access-control-request-method']) {
      this.#preflight(visit);
      return;
    }
    const { prefix, rest } = splitPrefix(visit.path);
    if (rest === '') {
      redirect(visit, `${visit.path.slice(visit.path.lastIndexOf('/') + 1)}/`);
    } else {
      this.#route(visit, prefix, rest);
    }
  }

  #route(visit: Visit, prefix: string, rest: string): void {
    const probe = answerProbe(rest, this.#host.status(), this.#parts.config);
    if (probe) {
      this.#onlyGet(visit, () => sendJson(visit.res, probe.status, probe.body));
    } else if (DOCS.test(rest)) {
      void this.#serveDocs(visit, prefix, rest);
    } else if (!this.#description) {
      this.#notLoaded(visit);
    } else if (rest === '/') {
      this.#onlyGet(visit, () => redirect(visit, `.${this.#parts.config.homePage}`));
    } else if (rest === '/metrics' || rest === '/metrics/') {
      this.#onlyGet(visit, () => void this.#serveMetrics(visit, this.#description as JobDescription));
    } else if (isWebview(rest)) {
      void this.#serveWebview(visit, prefix, rest);
    } else {
      this.#serveApi(visit, rest, this.#description);
    }
  }

  #serveApi(visit: Visit, rest: string, description: JobDescription): void {
    const { req } = visit;
    const route = this.#host.routes()?.match(rest, req.method)?.route;
    if (route?.file && req.method === 'GET') {
      void this.#serveFile(visit, route.file);
    } else if (rest === `${API}/parameters` && req.method === 'GET') {
      this.#serveParameters(visit, description);
    } else if (rest === `${API}/perform` && req.method === 'POST') {
      noPerform(visit);
    } else if (route || rest === `${API}/parameters` || rest === `${API}/perform`) {
      methodNotAllowed(visit);
    } else if (rest.endsWith('/') && this.#host.routes()?.match(rest.replace(/\/+$/, ''), req.method)) {
      redirect(visit, `../${(decode(rest) ?? rest).replace(/\/+$/, '').split('/').pop()}`);
    } else {
      notFound(visit);
    }
  }

  #serveParameters(visit: Visit, description: JobDescription): void {
    const perform = description.endpoints.find((endpoint) => endpoint.kind === 'perform');
    if (perform) sendJson(visit.res, 200, perform.parameters);
    else noPerform(visit);
  }

  async #serveFile(visit: Visit, file: JobDescription['staticFiles'][number]): Promise<void> {
    const { serveStaticFile } = await import('./static-files.ts');
    await settle(visit, serveStaticFile(file, visit.req, visit.res));
  }

  async #serveMetrics(visit: Visit, description: JobDescription): Promise<void> {
    const { pool, metrics } = this.#parts;
    const worker = description.metrics ? pool.pick() : undefined;
    const text = await renderMetrics(metrics, worker ? await collectMetrics(worker) : []);
    visit.res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
  }

  async #serveDocs(visit: Visit, prefix: string, rest: string): Promise<void> {
    this.#docs ??= this.#createDocs();
    const app = await this.#docs;
    const request = visit.req as IncomingMessage & { prefix?: string };
    request.prefix = prefix;
    request.url = rest + (visit.query === '' ? '' : `?${visit.query}`);
    app(request, visit.res);
  }

  async #createDocs(): Promise<DocsApp> {
    const [{ createDocsApp }, { buildOpenApi }] = await Promise.all([import('./docs-app.ts'), import('../openapi.ts')]);
    const { job } = this.#parts.config;
    const document = buildOpenApi(this.#description ?? null, job);
    return createDocsApp({ openapi: () => document, job });
  }

  async #serveWebview(visit: Visit, prefix: string, rest: string): Promise<void> {
    if (this.#description?.webview === null) {
      notFound(visit);
      return;
    }
    const { serveWebview } = await import('./webview.ts');
    await settle(visit, serveWebview({ visit, prefix, rest, parts: this.#parts }));
  }

  #preflight(visit: Visit): void {
    const { req, res, info } = visit;
    const asked = req.headers['access-control-request-headers'];
    res.writeHead(200, {
      'access-control-allow-origin': info.origin as string,
      'access-control-allow-methods': PREFLIGHT_METHODS,
      'access-control-max-age': '600',
      'access-control-allow-credentials': 'true',
      ...(asked ? { 'access-control-allow-headers': asked } : {}),
      vary: 'Origin',
      'content-type': 'text/plain; charset=utf-8',
    });
    res.end('OK');
  }

  /** Nothing of the job can be called yet; the probes say the same to machines. */
  #notLoaded(visit: Visit): void {
    const { state, failure } = this.#host.status();
    const name = this.#parts.config.job.name;
    const error =
      state === 'failed'
        ? `job "${name}" could not be started: ${failure?.error}`
        : `job "${name}" is still loading; GET /ready tells when it can be called`;
    const headers = [FAULT_HEADER, state === 'failed' ? 'job' : 'platform', 'retry-after', '1'];
    sendJson(visit.res, 404, { detail: 'Not Found', error, type: 'JobNotReady' }, headers);
    drain(visit.req);
  }

  #onlyGet(visit: Visit, answer: () => void): void {
    if (visit.req.method === 'GET') answer();
    else methodNotAllowed(visit);
  }
}

/** A redirect that holds below every prefix and behind every proxy: the address is relative. */
function redirect(visit: Visit, location: string): void {
  const query = visit.query === '' ? '' : `?${visit.query}`;
  visit.res.writeHead(307, { location: location + query, 'content-length': '0' }).end();
}

function notFound(visit: Visit): void {
  sendJson(visit.res, 404, { detail: 'Not Found' }, [FAULT_HEADER, 'caller']);
  drain(visit.req);
}

function methodNotAllowed(visit: Visit): void {
  sendJson(visit.res, 405, { detail: 'Method Not Allowed' }, [FAULT_HEADER, 'caller']);
  drain(visit.req);
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

function* pairs(flat: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string];
}
