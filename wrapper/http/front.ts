/** Owns which request goes where: calls of the job take the short way, everything else is passed on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Fields } from '../core/log.ts';
import type { JobDescription } from '../protocol/messages.ts';
import type { FrontParts, JobSide, Visit } from './job-side.ts';
import { OtherRoutes } from './other-routes.ts';
import type { JobStatus } from './probes.ts';
import { type RequestInfo, readRequestInfo } from './request-info.ts';
import { drain, sendError } from './respond.ts';
import { condemn, isCondemned, refuseRaw } from './server.ts';

const SLASH = 47;

export class FrontEnd {
  readonly #parts: FrontParts;
  readonly #job: JobSide;
  readonly #others: OtherRoutes;
  #stopping = false;

  constructor(parts: FrontParts, job: JobSide) {
    this.#parts = parts;
    this.#job = job;
    this.#others = new OtherRoutes(parts, job, () => this.status);
  }

  get status(): JobStatus {
    const { runner, config } = this.#parts;
    const state = config.failure ? 'failed' : runner.state;
    return {
      state: this.#stopping ? 'stopping' : state,
      failure: config.failure ?? runner.failure,
      description: runner.description,
    };
  }

  /** Takes over what the job now offers. */
  describe(description: JobDescription): void {
    this.#job.describe(description);
    this.#others.describe(description);
  }

  /** From now on `/ready` says no; calls are still taken. */
  announceStop(): void {
    this.#stopping = true;
  }

  /** From now on calls are refused. */
  refuseCalls(): void {
    this.#job.refuse();
  }

  /** How many calls wait for a check of their input or result. */
  get beingChecked(): number {
    return this.#job.beingChecked;
  }

  /** Ends what runs beside the server. */
  stop(): Promise<void> {
    return this.#job.stop();
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
    this.#parts.log.arrived(req.method as string, uri, info);
    if (info.problem !== undefined) {
      condemn(req.socket);
      this.#watch(visit);
      sendError(res, 'BadRequest', info.problem, ['connection', 'close']);
      drain(req);
      return;
    }
    if (this.#job.take(visit, () => this.#watch(visit))) return;
    this.#watch(visit);
    this.#others.handle(visit);
  }

  /** A WebSocket: only the job itself speaks one. */
  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const info = readRequestInfo(req.rawHeaders, this.#parts.config);
    const uri = originForm(req.url as string);
    this.#parts.log.arrived(req.method as string, uri, info);
    if (info.problem === undefined) await this.#job.upgrade({ req, socket, head, info, ...splitUri(uri) });
    else refuseRaw(socket, 'BadRequest', info.problem);
  }

  /** What ties a log line of the job to the request it was written in. */
  fieldsOf(call: unknown): Fields | undefined {
    const { info } = (call ?? {}) as { info?: RequestInfo };
    return info && this.#parts.log.fields(info);
  }

  /** Counts and logs an answer that is no call. */
  #watch(visit: Visit): void {
    const { req, res, info, started, uri } = visit;
    const { metrics } = this.#parts;
    res.once('close', () => {
      metrics.http.done((performance.now() - started) / 1000);
      this.#parts.log.answered(req.method as string, uri, info, res.statusCode);
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
