/** Owns the requests of a job that is a program of its own: all that are not the wrapper's own routes are calls of it. */
import type { CallErrorType } from '../core/errors.ts';
import { CallClock } from '../http/call-clock.ts';
import { type CallOutcome, noteOutcome, startSpan } from '../http/call-notes.ts';
import type { FrontParts, JobSide, UpgradeRequest, Visit } from '../http/job-side.ts';
import { isOwnRoute } from '../http/own-routes.ts';
import { notFound, redirect } from '../http/plain-answers.ts';
import { shorterTimeout } from '../http/request-info.ts';
import { corsHeaders, drain, sendError } from '../http/respond.ts';
import { splitPrefix } from '../http/route-table.ts';
import { refuseRaw } from '../http/server.ts';
import type { EndpointStats } from '../metrics.ts';
import type { RunnerEvents } from '../runner.ts';
import { Gate, type GateLimits } from '../worker/gate.ts';
import type { Passage } from './addresses.ts';
import { HttpRunner, type ProgramFace } from './http-runner.ts';
import type { HttpPlan } from './plan.ts';
import { ProxyCall, type ProxyHost } from './proxy-call.ts';
import { gatherBody } from './request-body.ts';

/** The runner, the gate and the way in for a program. */
export function createProgramSide(
  plan: HttpPlan,
  given: { shared: Omit<FrontParts, 'runner' | 'gate'>; events: RunnerEvents; first: GateLimits },
): { parts: ProgramParts; side: ProgramSide } {
  const { config } = given.shared;
  const runner = new HttpRunner({ plan, job: config.job, graceMs: config.limits.graceMs }, given.events);
  const parts = { ...given.shared, runner, gate: new Gate<ProxyCall>(runner, given.first) };
  return { parts, side: new ProgramSide(parts) };
}

export interface ProgramParts extends FrontParts {
  readonly runner: HttpRunner;
  readonly gate: Gate<ProxyCall>;
}

/** Bodies up to here are gathered before the call takes its place; larger ones arrive while the program reads them. */
const SMALL_BODY = 64 * 1024;

export class ProgramSide implements JobSide, ProxyHost {
  readonly maxBody: number;
  /** What a program takes and gives is its own affair. */
  readonly beingChecked = 0;
  readonly #parts: ProgramParts;
  readonly #clock: CallClock;
  readonly #perform: EndpointStats;
  /** All other addresses share one label: they may be without number. */
  readonly #others: EndpointStats;
  #face: ProgramFace | undefined;
  #refusing = false;

  constructor(parts: ProgramParts) {
    this.#parts = parts;
    this.#clock = new CallClock(parts, NO_CALLS);
    this.maxBody = parts.config.limits.maxBody;
    this.#perform = parts.metrics.endpoint('/perform');
    this.#others = parts.metrics.endpoint('/*');
  }

  describe(): void {
    this.#face = this.#parts.runner.face;
  }

  refuse(): void {
    this.#refusing = true;
  }

  async stop(): Promise<void> {}

  take(visit: Visit, watch: () => void): boolean {
    if (visit.path === '/' && this.#face?.addresses.mode === 'rewrite') {
      watch();
      redirect(visit, declaredPage(this.#parts)); // only there it can be seen whether its links hold
      return true;
    }
    const passage = this.#passage(visit.path);
    if (!passage) return false;
    const { req, res, info } = visit;
    const turnAway = (type: CallErrorType, message: string, headers: string[] = []) => {
      watch();
      sendError(res, type, message, [...corsHeaders(info.origin), ...headers]);
      drain(req);
    };
    const timeoutMs = shorterTimeout(this.#parts.config.limits.timeoutMs, info.timeout);
    if (this.#refusing) {
      turnAway('ShuttingDown', 'the job is shutting down', ['connection', 'close']);
    } else if (timeoutMs === undefined) {
      turnAway('BadRequest', 'X-Request-Timeout must be a positive number of seconds');
    } else if (info.contentLength > this.maxBody) {
      turnAway('PayloadTooLarge', `the body is larger than the limit of ${this.maxBody} bytes`);
    } else if (info.contentLength > SMALL_BODY || info.chunked) {
      this.#run(visit, { passage, timeoutMs, body: undefined });
    } else if (info.contentLength > 0) {
      if (info.expectsContinue) res.writeContinue();
      gatherBody(req, info.contentLength, (body) => this.#run(visit, { passage, timeoutMs, body }));
    } else {
      this.#run(visit, { passage, timeoutMs, body: NO_BODY });
    }
    return true;
  }

  /** Every address that is not the wrapper's own is one of the program's. */
  serve(visit: Visit): void {
    notFound(visit);
  }

  async upgrade(request: UpgradeRequest): Promise<void> {
    const passage = this.#passage(request.path);
    const upstream = this.#parts.runner.pick();
    if (!passage) refuseRaw(request.socket, 'BadRequest', 'there is no WebSocket at this address');
    else if (this.#refusing) refuseRaw(request.socket, 'ShuttingDown', 'the job is shutting down');
    else if (!upstream)
      refuseRaw(request.socket, 'JobRestarting', 'the program is being restarted; try again in a moment');
    else {
      const { openTunnel } = await import('./tunnel.ts');
      openTunnel({ request, passage, upstream, parts: this.#parts });
    }
  }

  settled(call: ProxyCall, outcome: CallOutcome, milliseconds: number): void {
    noteOutcome(this.#parts, call, outcome, milliseconds);
  }

  left(): void {
    this.#parts.gate.leave();
  }

  failed(call: ProxyCall, message: string): void {
    const { logger, log } = this.#parts;
    logger.log('ERROR', message, { fault: 'job', ...log.fields(call.info) });
  }

  /** Where a path leads in the program; undefined when it does not lead there, or when nobody knows yet. */
  #passage(path: string): Passage | undefined {
    const { prefix, rest } = splitPrefix(path);
    if (!this.#face || !rest.startsWith('/') || isOwnRoute(rest)) return undefined;
    if (rest === '/' && this.#parts.config.homePage !== '/') return undefined;
    return this.#face.addresses.passage(prefix, rest);
  }

  #run(visit: Visit, call: { passage: Passage; timeoutMs: number; body: Buffer | undefined }): void {
    const performs = call.passage.path === this.#face?.addresses.performPath;
    const stats = performs ? this.#perform : this.#others;
    const span = startSpan(this.#parts, visit, performs ? '/perform' : '/*');
    stats.started();
    this.#clock.run();
    this.#parts.gate.enter(new ProxyCall(this, visit, { ...call, rewrite: this.#face?.rewrite, stats, span }));
  }
}

const NO_BODY = Buffer.alloc(0);
const NO_CALLS: ReadonlySet<ProxyCall> = new Set();

function declaredPage({ config: { job } }: FrontParts): string {
  return `pub/job/${encodeURIComponent(job.name)}/${encodeURIComponent(job.version)}/`;
}
