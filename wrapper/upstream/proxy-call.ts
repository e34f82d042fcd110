/** Owns one request on its way through the program and back: body and answer as they come, deadline, and what is told about the end. */
import { performance } from 'node:perf_hooks';
import { CALL_ERRORS, type CallErrorType, type Fault } from '../core/errors.ts';
import type { CallOutcome, NotedCall } from '../http/call-notes.ts';
import type { Visit } from '../http/job-side.ts';
import { corsHeaders, sendError } from '../http/respond.ts';
import type { EndpointStats } from '../metrics.ts';
import type { WaitingCall } from '../runner.ts';
import type { CallSpan } from '../tracing.ts';
import type { Passage } from './addresses.ts';
import { AnswerBody } from './answer-body.ts';
import { AnswerProblem, type WireHead } from './answer-parser.ts';
import type { Connection, ExchangeEvents } from './connection.ts';
import type { ProgramFace } from './http-runner.ts';
import { RequestBody } from './request-body.ts';
import { hostOf, requestHead } from './request-head.ts';
import { type AnswerHead, answerHead } from './response-head.ts';
import type { Upstream } from './upstream.ts';

/** What a call needs from the side of the program. */
export interface ProxyHost {
  /** The call has been answered or given up. */
  settled(call: ProxyCall, outcome: CallOutcome, milliseconds: number): void;
  /** Its place is free. */
  left(): void;
  /** A failure of the program, to be logged in the context of the call. */
  failed(call: ProxyCall, message: string): void;
  readonly maxBody: number;
}

export interface ProxyOrder {
  readonly passage: Passage;
  readonly rewrite: ProgramFace['rewrite'];
  readonly stats: EndpointStats;
  readonly span: CallSpan | undefined;
  /** The whole body when it is small; otherwise it is still on its way. */
  readonly body: Buffer | undefined;
  /** 0 for none. */
  readonly timeoutMs: number;
}

/** Requests of these verbs have no body unless they say so. */
const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE']);
/** Requests of these verbs may reach the program twice without harm. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

export class ProxyCall implements WaitingCall, NotedCall, ExchangeEvents {
  readonly visit: Visit;
  readonly order: ProxyOrder;
  readonly #host: ProxyHost;
  readonly #deadline: number;
  #settled = false;
  #upstream: Upstream | undefined;
  #connection: Connection | undefined;
  /** Whether the connection has served another call before. */
  #reused = false;
  #body: AnswerBody | undefined;
  #upload: RequestBody | undefined;
  #retrying = false;
  #retried = false;
  /** The status of an answer whose head is out. */
  #status = 0;

  constructor(host: ProxyHost, visit: Visit, order: ProxyOrder) {
    this.#host = host;
    this.visit = visit;
    this.order = order;
    this.#deadline = order.timeoutMs > 0 ? visit.started + order.timeoutMs : Number.POSITIVE_INFINITY;
  }

  get req(): Visit['req'] {
    return this.visit.req;
  }

  get info(): Visit['info'] {
    return this.visit.info;
  }

  get stats(): EndpointStats {
    return this.order.stats;
  }

  get span(): CallSpan | undefined {
    return this.order.span;
  }

  get settled(): boolean {
    return this.#settled;
  }

  begin(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#send();
  }

  refuse(type: CallErrorType, message: string): void {
    if (this.#settled) return;
    const fault = sendError(this.visit.res, type, message, corsHeaders(this.info.origin));
    if (fault === 'job') this.#host.failed(this, message);
    this.#settle({ status: CALL_ERRORS[type].status, fault, counted: true, failed: fault !== 'caller' });
  }

  /** The program has ended. */
  lose(reason: string): void {
    this.#fail('JobCrashed', `the program that ran this call ${reason}`);
    this.#connection?.destroy();
  }

  check(now: number): void {
    if (this.#settled) return;
    if (this.visit.req.socket.destroyed) {
      this.#settle({ status: 499, fault: 'caller', counted: true, failed: false });
    } else if (now >= this.#deadline) {
      const seconds = this.order.timeoutMs / 1000;
      this.#fail('JobTimeout', `the program did not answer within ${seconds} s`);
    } else {
      return;
    }
    this.#connection?.destroy();
  }

  #send(): void {
    const upstream = this.#upstream as Upstream;
    const { body } = this.order;
    const connection = upstream.connections.take();
    this.#connection = connection;
    this.#reused = connection.reused;
    const head = this.#requestText(upstream);
    connection.begin(this.req.method as string, body ? head + body.toString('latin1') : head, body !== undefined, this);
    if (!body) this.#upload = new RequestBody(this.visit, connection, this.#host.maxBody, () => this.#tooLarge());
  }

  /** Everything in it has come through Node's parser: nothing can break out of its line. */
  #requestText({ authority }: Upstream): string {
    const { visit, order } = this;
    const { passage, span, body } = order;
    const head = requestHead(visit, { passage, traceparent: span?.traceparent, authority });
    const length = body ? body.length : visit.info.contentLength;
    const query = visit.query === '' ? '' : `?${visit.query}`;
    let text = `${visit.req.method} ${passage.path}${query} HTTP/1.1\r\n`;
    for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`;
    if (length > 0 || !BODILESS.has(visit.req.method as string)) {
      text += length >= 0 ? `Content-Length: ${length}\r\n` : 'Transfer-Encoding: chunked\r\n';
    }
    return `${text}\r\n`;
  }

  #tooLarge(): void {
    this.refuse('PayloadTooLarge', `the body is larger than the limit of ${this.#host.maxBody} bytes`);
    this.#connection?.destroy();
  }

  onHead(wire: WireHead): void {
    const upstream = this.#upstream as Upstream;
    upstream.answered += 1;
    if (this.#settled) return;
    const { passage, rewrite } = this.order;
    const { status } = wire;
    const isOwn = (host: string) => host === upstream.authority || host === hostOf(this.visit.req);
    const head = answerHead(wire.rawHeaders, wire.contentLength, { passage, isOwn });
    const changed = passage.mount === '' ? undefined : rewrite?.(head, { status, passage, isOwn });
    this.#status = status;
    this.#body = new AnswerBody(wire, changed ?? { head, steps: [] }, {
      visit: this.visit,
      source: this.#connection as Connection,
      events: {
        onEnd: () => this.#onEnd(head),
        onBroken: () => this.#giveUp('ProgramReplyInvalid', 'the program answered with a page that cannot be decoded'),
        onInvalid: () => this.#giveUp('ProgramReplyInvalid', 'the program answered with a malformed header'),
      },
    });
  }

  onPiece(piece: Buffer): void {
    if (!this.#settled) this.#body?.take(piece);
  }

  onEnd(trailers: readonly string[]): void {
    if (!this.#settled) this.#body?.end(trailers);
  }

  onDrain(): void {
    this.#upload?.resume();
  }

  onError(error: NodeJS.ErrnoException): void {
    if (this.#settled) return;
    if (this.#mayRetry(error)) this.#retrying = true;
    else void this.#failWith(error, this.#upstream as Upstream);
  }

  onOver(): void {
    if (this.#retrying) {
      this.#retrying = false;
      this.#retried = true;
      this.#send();
    } else {
      this.#leave();
    }
  }

  #giveUp(type: CallErrorType, message: string): void {
    this.#fail(type, message);
    this.#connection?.destroy();
  }

  #onEnd(head: AnswerHead): void {
    if (this.#settled) return;
    const status = this.#status;
    const fault = status >= 400 ? faultOf(status, head.fault) : undefined;
    this.#settle({ status, fault, counted: true, failed: status >= 500 });
  }

  async #failWith(error: NodeJS.ErrnoException, upstream: Upstream): Promise<void> {
    if (error instanceof AnswerProblem) {
      this.#fail('ProgramReplyInvalid', `the program answered with ${error.message}`);
      return;
    }
    const ended = await upstream.endedNow();
    if (ended === undefined) this.#fail('ProgramUnreachable', `the program did not answer: ${reasonOf(error)}`);
    else this.lose(ended);
  }

  /** An idle connection that the program closed just as this call took it. */
  #mayRetry(error: NodeJS.ErrnoException): boolean {
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    if (this.#retried || !this.#reused || !reset || this.#status !== 0) return false;
    const { body } = this.order;
    return body !== undefined && (body.length === 0 || IDEMPOTENT.has(this.visit.req.method as string));
  }

  #fail(type: CallErrorType, message: string): void {
    if (this.#settled) return;
    if (this.visit.res.headersSent) this.#breakOff(message);
    else this.refuse(type, message);
  }

  /** The status line is out already: only an incomplete body can tell the caller. */
  #breakOff(message: string): void {
    this.#host.failed(this, message);
    setImmediate(() => this.visit.res.destroy()); // what was written in this turn still goes out
    this.#settle({ status: this.#status, fault: 'job', counted: true, failed: true });
  }

  #settle(outcome: CallOutcome): void {
    this.#settled = true;
    this.#upload?.stop();
    this.#host.settled(this, outcome, performance.now() - this.visit.started);
  }

  #leave(): void {
    const upstream = this.#upstream;
    if (!upstream) return;
    this.#upstream = undefined;
    upstream.left(this);
    this.#host.left();
  }
}

function faultOf(status: number, given: string | undefined): Fault {
  if (given === 'caller' || given === 'job' || given === 'platform') return given;
  return status >= 500 ? 'job' : 'caller';
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'nothing listens at its address';
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'it closed the connection';
  return error.message;
}
