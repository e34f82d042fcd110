/** Owns one request on its way through the program and back: body and answer as they come, deadline, and what is told about the end. */
import type { ClientRequest, IncomingMessage } from 'node:http';
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

/** Requests of these verbs may reach the program twice without harm. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

export class ProxyCall implements WaitingCall, NotedCall {
  readonly visit: Visit;
  readonly order: ProxyOrder;
  readonly #host: ProxyHost;
  readonly #deadline: number;
  #settled = false;
  #upstream: Upstream | undefined;
  #request: ClientRequest | undefined;
  #upload: RequestBody | undefined;
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
    this.#request?.destroy();
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
    this.#request?.destroy();
  }

  #send(): void {
    const upstream = this.#upstream as Upstream;
    const { req } = this.visit;
    const { passage, span, body } = this.order;
    const { query } = this.visit;
    const head = requestHead(this.visit, { passage, traceparent: span?.traceparent, authority: upstream.authority });
    const { contentLength } = this.info;
    const length = body ? body.length : contentLength;
    if (length >= 0) head.push('Content-Length', String(length));
    else head.push('Transfer-Encoding', 'chunked');
    let request: ClientRequest;
    try {
      request = upstream.connections.open({
        method: req.method as string,
        path: query === '' ? passage.path : `${passage.path}?${query}`,
        headers: head,
      });
    } catch {
      this.refuse('BadRequest', 'the address or a header holds characters that HTTP does not allow');
      this.#leave();
      return;
    }
    this.#request = request;
    request.on('response', (answer) => this.#onAnswer(answer));
    request.on('error', (error: NodeJS.ErrnoException) => this.#onError(request, error));
    request.on('close', () => {
      if (request === this.#request) this.#leave();
    });
    if (body) request.end(body.length === 0 ? undefined : body.toString('latin1'), 'latin1');
    else this.#upload = new RequestBody(this.visit, request, this.#host.maxBody, () => this.#tooLarge());
  }

  #tooLarge(): void {
    this.refuse('PayloadTooLarge', `the body is larger than the limit of ${this.#host.maxBody} bytes`);
    this.#request?.destroy();
  }

  #onAnswer(answer: IncomingMessage): void {
    const upstream = this.#upstream as Upstream;
    upstream.answered += 1;
    if (this.#settled) {
      answer.resume();
      return;
    }
    const { passage, rewrite } = this.order;
    const isOwn = (host: string) => host === upstream.authority || host === hostOf(this.visit.req);
    const head = answerHead(answer, passage, isOwn);
    if (typeof head === 'string') {
      this.#fail('ProgramReplyInvalid', `the program answered with ${head}`);
      this.#request?.destroy();
      return;
    }
    const status = answer.statusCode as number;
    this.#status = status;
    const changed = passage.mount === '' ? undefined : rewrite?.(head, { status, passage, isOwn });
    new AnswerBody(answer, changed ?? { head, steps: [] }, this.visit, {
      onEnd: () => this.#onEnd(head),
      onBroken: () => this.#fail('ProgramReplyInvalid', 'the program broke off its answer'),
      onInvalid: () => {
        this.#fail('ProgramReplyInvalid', 'the program answered with a header that HTTP does not allow');
        this.#request?.destroy();
      },
    });
  }

  #onEnd(head: AnswerHead): void {
    if (this.#settled) return;
    const status = this.#status;
    const fault = status >= 400 ? faultOf(status, head.fault) : undefined;
    this.#settle({ status, fault, counted: true, failed: status >= 500 });
  }

  #onError(request: ClientRequest, error: NodeJS.ErrnoException): void {
    if (this.#settled) return;
    if (this.#mayRetry(request, error)) {
      this.#retried = true;
      this.#send();
      return;
    }
    void this.#failWith(error, this.#upstream as Upstream);
  }

  async #failWith(error: NodeJS.ErrnoException, upstream: Upstream): Promise<void> {
    if (error.code?.startsWith('HPE_')) {
      this.#fail('ProgramReplyInvalid', `the program's answer is no valid HTTP: ${error.message}`);
      return;
    }
    const ended = await upstream.endedNow();
    if (ended === undefined) this.#fail('ProgramUnreachable', `the program did not answer: ${reasonOf(error)}`);
    else this.lose(ended);
  }

  /** An idle connection that the program closed just as this call took it. */
  #mayRetry(request: ClientRequest, error: NodeJS.ErrnoException): boolean {
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    if (this.#retried || !request.reusedSocket || !reset || this.#status !== 0) return false;
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
