/** Owns the calls of the job's functions: taking them in, watching over the running ones, and what is noted about the finished ones. */
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { CallErrorType } from '../core/errors.ts';
import type { EndpointStats } from '../metrics.ts';
import { FrameFlag } from '../protocol/frame.ts';
import type { CallMeta, ErrorMeta, JobDescription } from '../protocol/messages.ts';
import type { CallSpan } from '../tracing.ts';
import { ENDPOINT_GONE } from '../worker/gate.ts';
import type { AccessLog } from './access-log.ts';
import { type ReceivedBody, readBody } from './body.ts';
import { CallChecks, wantsChecks } from './call-checks.ts';
import type { FrontParts, Visit } from './front.ts';
import { type CallHost, type CallOutcome, HttpCall } from './http-call.ts';
import { isJson } from './request-info.ts';
import { corsHeaders, drain, sendError } from './respond.ts';

/** How often deadlines and callers of running calls are looked at. */
const CHECK_MS = 20;

export interface CallTarget {
  /** The function's number. */
  readonly endpoint: number;
  /** Values of the path's `{name}` segments. */
  readonly params: { readonly [name: string]: string } | undefined;
}

export class Calls implements CallHost {
  readonly overrunMs: number;
  checkResult: CallHost['checkResult'];
  readonly #parts: FrontParts;
  readonly #log: AccessLog;
  #description: JobDescription | undefined;
  #stats: EndpointStats[] = [];
  /** Undefined when the job wants none. */
  #checks: CallChecks | undefined;
  /** Calls whose input or result is being checked. */
  readonly #beingChecked = new Set<HttpCall>();
  #checking: NodeJS.Timeout | undefined;
  #refusing = false;

  constructor(parts: FrontParts, log: AccessLog) {
    this.#parts = parts;
    this.#log = log;
    this.overrunMs = parts.config.limits.overrunMs;
  }

  /** Takes over what the workers now serve. */
  describe(description: JobDescription): void {
    const before = this.#description;
    this.#parts.gate.renumber((number) => numberIn(description, before, number));
    this.#description = description;
    const { checks } = this.#parts.config;
    this.#checks = wantsChecks(description, checks) ? new CallChecks(description, this.#parts, checks) : undefined;
    const check = this.#checks?.result;
    this.checkResult =
      check &&
      ((call, body, answer) => {
        this.#beingChecked.add(call);
        check(call, body, (mistake) => {
          this.#beingChecked.delete(call);
          answer(mistake);
        });
      });
    this.#stats = description.endpoints.map((endpoint) => this.#parts.metrics.endpoint(endpoint.path));
  }

  /** From now on calls are refused. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Reads the body and runs the call; `refused` is told before one is turned away: such a request is no call. */
  take(visit: Visit, target: CallTarget, refused: () => void): void {
    const { req, res, info } = visit;
    const { limits } = this.#parts.config;
    const turnAway = (type: CallErrorType, message: string, headers: string[] = []) => {
      refused();
      sendError(res, type, message, [...corsHeaders(info.origin), ...headers]);
      drain(req);
    };
    const timeoutMs = shorterTimeout(limits.timeoutMs, info.timeout);
    if (this.#refusing) {
      turnAway('ShuttingDown', 'the job is shutting down', ['connection', 'close']);
    } else if (timeoutMs === undefined) {
      turnAway('BadRequest', 'X-Request-Timeout must be a positive number of seconds');
    } else {
      if (info.expectsContinue && info.contentLength <= limits.maxBody) res.writeContinue();
      const known = this.#description;
      const { maxBody, spillAbove } = limits;
      const options = { contentLength: info.contentLength, limit: maxBody, spillAbove, files: this.#parts.bodyFiles };
      readBody(req, options, {
        onTooLarge: () => turnAway('PayloadTooLarge', `the body is larger than the limit of ${maxBody} bytes`),
        onUnstorable: (error) => {
          this.#parts.logger.log(
            'ERROR',
            `a request's body could not be stored: ${error.message}`,
            this.#log.fields(info),
          );
          turnAway('BodyNotStored', 'the body is too large for memory, and there is no room for it on the disk');
        },
        onBody: (body) => {
          // The job may have been loaded anew while the body was on its way.
          const endpoint = numberIn(this.#description, known, target.endpoint);
          if (endpoint !== undefined) this.#run(visit, { ...target, endpoint }, { body, timeoutMs });
          else {
            body.file?.remove();
            turnAway('JobRestarting', ENDPOINT_GONE);
          }
        },
      });
    }
  }

  /** How many calls wait for a check. */
  get beingChecked(): number {
    return this.#beingChecked.size;
  }

  /** Ends what runs for the checks. */
  async stop(): Promise<void> {
    await this.#checks?.stop();
  }

  settled(call: HttpCall, outcome: CallOutcome, milliseconds: number): void {
    const { metrics, logger } = this.#parts;
    const seconds = milliseconds / 1000;
    metrics.http.done(seconds);
    call.stats.done(seconds, outcome.failed, outcome.counted);
    call.span?.end({ status: outcome.status, fault: outcome.fault });
    if (outcome.fault !== undefined) metrics.errorAnswered(outcome.fault);
    if (outcome.status === 500) metrics.http.serverError();
    if (outcome.status === 499) logger.log('INFO', 'Request cancelled by the client', this.#log.fields(call.info));
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

  #run(
    visit: Visit,
    { endpoint, params }: CallTarget,
    { body, timeoutMs }: { body: ReceivedBody; timeoutMs: number },
  ): void {
    const { req, info } = visit;
    const span = this.#startSpan(visit, endpoint);
    const meta: CallMeta = {
      method: req.method,
      path: visit.path,
      query: visit.query,
      headers: span ? withTraceparent(req.rawHeaders, span.traceparent) : req.rawHeaders,
      client: req.socket.remoteAddress,
      params,
      deadline: timeoutMs > 0 ? Math.round(Date.now() - performance.now() + visit.started + timeoutMs) : undefined,
      bodyFile: body.file?.path,
    };
    const flags = isJson(info.contentType) ? 0 : FrameFlag.raw;
    const stats = this.#stats[endpoint] as EndpointStats;
    const call = new HttpCall(this, visit, { endpoint, stats, flags, meta: JSON.stringify(meta), body, timeoutMs });
    call.span = span;
    stats.started();
    this.#checking ??= setInterval(() => this.#check(), CHECK_MS);
    if (this.#checks === undefined) this.#parts.gate.enter(call);
    else this.#admit(call, this.#checks);
  }

  #admit(call: HttpCall, checks: CallChecks): void {
    const known = this.#description;
    this.#beingChecked.add(call);
    checks.admit(call, (admitted) => {
      this.#beingChecked.delete(call);
      if (!admitted || call.settled) return;
      // The job may have been loaded anew in the meantime.
      const endpoint = numberIn(this.#description, known, call.endpoint);
      if (endpoint === undefined) return call.refuse('JobRestarting', ENDPOINT_GONE);
      call.endpoint = endpoint;
      this.#parts.gate.enter(call);
    });
  }

  #startSpan({ req, info }: Visit, endpoint: number): CallSpan | undefined {
    const { tracing } = this.#parts;
    if (tracing === null) return undefined;
    return tracing.startCall({
      method: req.method as string,
      route: this.#description?.endpoints[endpoint]?.path ?? '/',
      traceparent: info.traceparent,
      tracestate: headerText(req, 'tracestate'),
    });
  }

  #check(): void {
    const { gate, pool } = this.#parts;
    const now = performance.now();
    gate.check(now);
    for (const worker of pool.workers) worker.check(now);
    for (const call of this.#beingChecked) call.check(now);
    if (gate.running === 0 && gate.waiting === 0 && this.#beingChecked.size === 0) {
      clearInterval(this.#checking);
      this.#checking = undefined;
    }
  }
}

/** The number that a function of one description has in another; undefined when it is not there any more. */
function numberIn(
  now: JobDescription | undefined,
  before: JobDescription | undefined,
  number: number,
): number | undefined {
  if (now === before) return number;
  const old = before?.endpoints[number];
  const found = now?.endpoints.findIndex(({ method, path }) => method === old?.method && path === old.path) ?? -1;
  return found < 0 ? undefined : found;
}

function headerText(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** The job sees the span of this call as the parent of what it calls in turn. */
function withTraceparent(raw: readonly string[], traceparent: string): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if ((raw[i] as string).toLowerCase() !== 'traceparent') headers.push(raw[i] as string, raw[i + 1] as string);
  }
  return [...headers, 'traceparent', traceparent];
}

/** The caller may ask for less time than the server allows, not for more; undefined for what is no time. */
function shorterTimeout(limitMs: number, asked: string | undefined): number | undefined {
  if (asked === undefined) return limitMs;
  const milliseconds = Number(asked) * 1000;
  if (!(milliseconds > 0) || asked.trim() === '') return undefined;
  return limitMs > 0 ? Math.min(limitMs, milliseconds) : milliseconds;
}
