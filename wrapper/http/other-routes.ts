/** Owns the wrapper's own routes: probes, redirects, metrics, documentation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderMetrics } from '../metrics.ts';
import type { JobDescription } from '../protocol/messages.ts';
import type { FrontParts, JobSide, Visit } from './job-side.ts';
import { methodNotAllowed, redirect } from './plain-answers.ts';
import { answerProbe, type JobStatus } from './probes.ts';
import { corsHeaders, drain, FAULT_HEADER, sendJson } from './respond.ts';
import { splitPrefix } from './route-table.ts';

const PREFLIGHT_METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
const DOCS = /^\/(docs(\/.*)?|openapi\.json|redoc)$/;

type DocsApp = (req: IncomingMessage, res: ServerResponse) => void;

export class OtherRoutes {
  readonly #parts: FrontParts;
  readonly #job: JobSide;
  readonly #status: () => JobStatus;
  #description: JobDescription | undefined;
  #docs: Promise<DocsApp> | undefined;

  constructor(parts: FrontParts, job: JobSide, status: () => JobStatus) {
    this.#parts = parts;
    this.#job = job;
    this.#status = status;
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
    const probe = answerProbe(rest, this.#status(), this.#parts.config);
    if (probe) {
      this.#onlyGet(visit, () => sendJson(visit.res, probe.status, probe.body));
    } else if (DOCS.test(rest)) {
      void this.#serveDocs(visit, prefix, rest);
    } else if (!this.#description) {
      this.#notLoaded(visit);
    } else if (rest === '/') {
      this.#onlyGet(visit, () => redirect(visit, `.${this.#parts.config.homePage}`));
    } else if (rest === '/metrics' || rest === '/metrics/') {
      this.#onlyGet(visit, () => void this.#serveMetrics(visit));
    } else {
      this.#job.serve(visit, prefix, rest);
    }
  }

  async #serveMetrics(visit: Visit): Promise<void> {
    const { runner, metrics } = this.#parts;
    const text = await renderMetrics(metrics, await runner.collect());
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
    const { createDocsApp } = await import('./docs-app.ts');
    const { runner, config } = this.#parts;
    const document = await runner.openApi(config.job);
    return createDocsApp({ openapi: () => document, job: config.job });
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
    const { state, failure } = this.#status();
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

function* pairs(flat: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string];
}
