/** Owns the calls of the job's functions: taking them in, watching over the running ones, and what is noted about the finished ones. */
import type { CallErrorType } from '../core/errors.ts';
import type { EndpointStats } from '../metrics.ts';
import { FrameFlag } from '../protocol/frame.ts';
import type { CallMeta, ErrorMeta, JobDescription } from '../protocol/messages.ts';
import { type ReceivedBody, readBody } from './body.ts';
import { CallChecks, wantsChecks } from './call-checks.ts';
import { CallClock } from './call-clock.ts';
import { type CallOutcome, noteOutcome, startSpan } from './call-notes.ts';
import { type CallHost, HttpCall } from './http-call.ts';
import type { Visit } from './job-side.ts';
import { isJson, shorterTimeout } from './request-info.ts';
import { corsHeaders, drain, sendError } from './respond.ts';
import type { WorkerParts } from './worker-side.ts';

const ENDPOINT_GONE = 'the job was loaded anew and no longer has this endpoint';

export interface CallTarget {
  /** The function's number. */
  readonly endpoint: number;
  /** Values of the path's `{name}` segments. */
  readonly params: { readonly [name: string]: string } | undefined;
}

type TurnAway = (type: CallErrorType, message: string, headers?: string[]) => void;

export class Calls implements CallHost {
  readonly overrunMs: number;
  checkResult: CallHost['checkResult'];
  readonly #parts: WorkerParts;
  readonly #clock: CallClock;
  #description: JobDescription | undefined;
  #stats: EndpointStats[] = [];
  /** Undefined when the job wants none. */
  #checks: CallChecks | undefined;
  /** Calls whose input or result is being checked. */
  readonly #beingChecked = new Set<HttpCall>();
  #refusing = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#clock = new CallClock(parts, this.#beingChecked);
    this.overrunMs = parts.config.limits.overrunMs;
  }

  /** Takes over what the workers now serve. */
  describe(description: JobDescription): void {
    const before = this.#description;
    for (const call of this.#parts.gate.queued) {
      const number = numberIn(description, before, call.endpoint);
      if (number !== undefined) call.endpoint = number;
      else if (!call.settled) call.refuse('JobRestarting', ENDPOINT_GONE);
    }
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
    const turnAway: TurnAway = (type, message, headers = []) => {
      refused();
      sendError(res, type, message, [...corsHeaders(info.origin), ...headers]);
      drain(req);
    };
    const timeoutMs = shorterTimeout(this.#parts.config.limits.timeoutMs, info.timeout);
    if (this.#refusing) {
      turnAway('ShuttingDown', 'the job is shutting down', ['connection', 'close']);
    } else if (timeoutMs === undefined) {
      turnAway('BadRequest', 'X-Request-Timeout must be a positive number of seconds');
    } else {
      const known = this.#description;
      this.#receive(visit, turnAway, (body) => {
        // The job may have been loaded anew while the body was on its way.
        const endpoint = numberIn(this.#description, known, target.endpoint);
        if (endpoint !== undefined) {
          this.#run(visit, { ...target, endpoint }, { body, timeoutMs });
        } else {
          body.file?.remove();
          turnAway('JobRestarting', ENDPOINT_GONE);
        }
      });
    }
  }

  /** Reads the body; a caller whose body cannot be taken is turned away. */
  #receive({ req, res, info }: Visit, turnAway: TurnAway, onBody: (body: ReceivedBody) => void): void {
    const { config, bodyFiles, logger, log } = this.#parts;
    const { maxBody, spillAbove } = config.limits;
    if (info.expectsContinue && info.contentLength <= maxBody) res.writeContinue();
    const options = { contentLength: info.contentLength, limit: maxBody, spillAbove, files: bodyFiles };
    readBody(req, options, {
      onBody,
      onTooLarge: () => turnAway('PayloadTooLarge', `the body is larger than the limit of ${maxBody} bytes`),
      onUnstorable: (error) => {
        logger.log('ERROR', `a request's body could not be stored: ${error.message}`, log.fields(info));
        turnAway('BodyNotStored', 'the body is too large for memory, and there is no room for it on the disk');
      },
    });
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
    noteOutcome(this.#parts, call, outcome, milliseconds);
  }

  left(): void {
    this.#parts.gate.leave();
  }

  jobError(call: HttpCall, meta: ErrorMeta): void {
    this.#parts.logger.log('ERROR', meta.message, {
      cause: meta.cause,
      traceback: meta.traceback || undefined,
      fault: meta.fault,
      ...this.#parts.log.fields(call.info),
    });
  }

  #run(
    visit: Visit,
    { endpoint, params }: CallTarget,
    { body, timeoutMs }: { body: ReceivedBody; timeoutMs: number },
  ): void {
    const { req, info } = visit;
    const span = startSpan(this.#parts, visit, this.#description?.endpoints[endpoint]?.path ?? '/');
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
    this.#clock.run();
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

/** The job sees the span of this call as the parent of what it calls in turn. */
function withTraceparent(raw: readonly string[], traceparent: string): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if ((raw[i] as string).toLowerCase() !== 'traceparent') headers.push(raw[i] as string, raw[i + 1] as string);
  }
  return [...headers, 'traceparent', traceparent];
}
