/** Owns one HTTP request to a function of the job: from its body through gate and worker to the answer, its metrics and its log line. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { CALL_ERRORS, type CallErrorType } from '../core/errors.ts';
import type { EndpointStats } from '../metrics.ts';
import { type Frame, FrameType } from '../protocol/frame.ts';
import type { ErrorMeta, Fault, ReplyMeta } from '../protocol/messages.ts';
import type { CallSpan } from '../tracing.ts';
import { type Refusal, refusalBody } from '../validation/verdict.ts';
import type { Call, Messenger } from '../worker/call.ts';
import { parse } from '../worker/worker.ts';
import { AnswerStream } from './answer-stream.ts';
import type { ReceivedBody } from './body.ts';
import type { BodyFile } from './body-files.ts';
import type { CallChecks } from './call-checks.ts';
import type { CallOutcome } from './call-notes.ts';
import { hasBody, type ReplyHead, readReplyHead, writeReplyHead } from './reply-head.ts';
import type { RequestInfo } from './request-info.ts';
import { corsHeaders, FAULT_HEADER, send, sendError, sendJson } from './respond.ts';

/** What a call needs from the front end. */
export interface CallHost {
  /** The call has been answered or given up. */
  settled(call: HttpCall, outcome: CallOutcome, milliseconds: number): void;
  /** The worker has done with the call: its place is free. */
  left(): void;
  /** An error to be logged in the context of the call. */
  jobError(call: HttpCall, meta: ErrorMeta): void;
  /** Looks at results before they leave; undefined when that is not wanted. */
  readonly checkResult: CallChecks['result'];
  /** Milliseconds a worker may overrun a deadline. */
  readonly overrunMs: number;
}

const SUCCESS: CallOutcome = { status: 200, fault: undefined, counted: true, failed: false };
const SHORT_ANSWER = 'the answer has fewer bytes than its Content-Length says';
const JSON_HEAD = ['content-type', 'application/json'];

export class HttpCall implements Call {
  endpoint: number;
  readonly flags: number;
  readonly meta: string;
  readonly body: readonly Buffer[];
  /** The figures of its endpoint. */
  readonly stats: EndpointStats;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly info: RequestInfo;
  /** The span of this call, when calls are traced. */
  span: CallSpan | undefined;
  /** Holds the body when it is large; the worker may need it for as long as it has the call. */
  readonly #file: BodyFile | undefined;
  readonly #host: CallHost;
  readonly #started: number;
  readonly #deadline: number;
  #settled = false;
  #worker: Messenger | undefined;
  #id = 0;
  /** Set when the answer is no longer wanted: the worker has been asked to stop. */
  #cancelled = false;
  #overran = false;
  /** As it was for the workers of this call: a reload may bring another. */
  #checkResult: CallChecks['result'];
  /** Set once the head of a streamed answer is out. */
  #stream: AnswerStream | undefined;

  constructor(
    host: CallHost,
    request: { req: IncomingMessage; res: ServerResponse; info: RequestInfo; started: number },
    call: {
      endpoint: number;
      stats: EndpointStats;
      flags: number;
      meta: string;
      body: ReceivedBody;
      timeoutMs: number;
    },
  ) {
    this.#host = host;
    this.req = request.req;
    this.res = request.res;
    this.info = request.info;
    this.#started = request.started;
    this.endpoint = call.endpoint;
    this.stats = call.stats;
    this.flags = call.flags;
    this.meta = call.meta;
    this.body = call.body.pieces;
    this.#file = call.body.file;
    this.#deadline = call.timeoutMs > 0 ? request.started + call.timeoutMs : Number.POSITIVE_INFINITY;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Path of the file that holds the body, when it is large. */
  get bodyFile(): string | undefined {
    return this.#file?.path;
  }

  onSent(worker: Messenger, id: number): void {
    this.#worker = worker;
    this.#id = id;
    this.#checkResult = this.#host.checkResult;
  }

  onFrame(frame: Frame): void {
    switch (frame.type) {
      case FrameType.result:
        this.#onResult(frame);
        break;
      case FrameType.error:
        this.#onError(frame);
        break;
      case FrameType.chunk:
        this.#onChunk(frame);
        return;
      case FrameType.end:
        this.#onEnd(frame);
        break;
      default:
        return;
    }
    this.#leave();
  }

  onWorkerLost(reason: string): void {
    if (this.#stream) this.#breakOff(this.#stream);
    else this.refuse('JobCrashed', `the worker that ran this call ${reason}; other calls are not affected`);
    this.#leave();
  }

  refuse(type: CallErrorType, message: string): void {
    if (this.#settled) return;
    const fault = sendError(this.res, type, message, corsHeaders(this.info.origin));
    if (fault === 'job') this.#host.jobError(this, { status: CALL_ERRORS[type].status, fault, message, counted: true });
    const failed = type !== 'BadRequest';
    this.#settle({ status: CALL_ERRORS[type].status, fault, counted: true, failed });
  }

  /** Answers that the input does not have its form: the job's code does not get to see it. */
  reject(refusal: Refusal): void {
    if (this.#settled) return;
    const { status } = refusal;
    sendJson(this.res, status, refusalBody(refusal), [...corsHeaders(this.info.origin), FAULT_HEADER, 'caller']);
    this.#settle({ status, fault: 'caller', counted: false, failed: true });
  }

  check(now: number): void {
    if (!this.#settled && this.req.socket.destroyed) {
      this.#settle({ status: 499, fault: 'caller', counted: true, failed: false });
      this.#cancel();
    }
    if (now < this.#deadline) {
      if (!this.#settled) this.#stream?.check(now);
      return;
    }
    if (!this.#settled) {
      if (this.#stream) this.#breakOff(this.#stream);
      else
        this.refuse(
          'JobTimeout',
          `the call took longer than ${Math.round(this.#deadline - this.#started) / 1000} s and was cancelled`,
        );
    }
    this.#cancel();
    if (!this.#overran && this.#worker && now > this.#deadline + this.#host.overrunMs) {
      this.#overran = true;
      this.#worker.overran(this.#id);
    }
  }

  #leave(): void {
    this.#file?.remove();
    this.#host.left();
  }

  #cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#worker?.cancel(this.#id);
  }

  #onResult(frame: Frame): void {
    if (this.#settled) return;
    if (frame.meta.length === 0) {
      if (this.#checkResult === undefined) this.#sendResult(frame.body);
      else
        this.#checkResult(this, frame.body, (mistake) => {
          if (mistake === undefined) this.#sendResult(frame.body);
          else this.refuse('OutputInvalid', mistake);
        });
      return;
    }
    const head = this.#readHead(parse<ReplyMeta>(frame.meta));
    if (!head) return;
    this.#sendHead(head, frame.body.length);
    this.res.end(frame.body);
    this.#settle({ ...SUCCESS, status: head.status });
  }

  #sendResult(body: Buffer): void {
    if (this.#settled) return;
    const head = this.info.origin === undefined ? JSON_HEAD.slice() : [...JSON_HEAD, ...corsHeaders(this.info.origin)];
    send(this.res, 200, head, body);
    this.#settle(SUCCESS);
  }

  #onError(frame: Frame): void {
    if (this.#settled) return;
    const meta = parse<ErrorMeta>(frame.meta);
    if (meta.message !== '') this.#host.jobError(this, meta);
    const head = this.#readHead(meta);
    if (!head) return;
    this.res.setHeader(FAULT_HEADER, meta.fault);
    this.#sendHead(head, frame.body.length);
    this.res.end(frame.body);
    this.#settle({ status: meta.status, fault: meta.fault, counted: meta.counted, failed: true });
  }

  #onChunk(frame: Frame): void {
    if (this.#settled) return;
    this.#stream ??= this.#beginStream(frame);
    this.#stream?.write(frame.body);
  }

  #beginStream(frame: Frame): AnswerStream | undefined {
    const head = this.#readHead(frame.meta.length > 0 ? parse<ReplyMeta>(frame.meta) : {});
    if (!head) {
      this.#cancel();
      return undefined;
    }
    this.#sendHead(head, head.contentLength);
    return new AnswerStream(this.res, head, (bytes) => this.#worker?.window(this.#id, bytes));
  }

  #onEnd(frame: Frame): void {
    if (this.#settled) return;
    const stream = this.#stream;
    if (!stream) {
      this.refuse('BadReply', 'the job ended an answer that it had not begun');
      return;
    }
    const meta = frame.meta.length > 0 ? parse<ErrorMeta>(frame.meta) : undefined;
    if (meta && meta.message !== '') this.#host.jobError(this, meta);
    if (meta && !meta.inBand) this.#breakOff(stream, meta.fault);
    else if (!stream.end()) {
      this.#host.jobError(this, { status: 500, fault: 'job', message: SHORT_ANSWER, counted: true });
      this.#breakOff(stream);
    } else if (meta) this.#settle({ status: stream.status, fault: meta.fault, counted: true, failed: true });
    else this.#settle({ ...SUCCESS, status: stream.status });
  }

  /** The status line is out already: only an incomplete body can tell the caller. */
  #breakOff({ status }: AnswerStream, fault: Fault = 'job'): void {
    setImmediate(() => this.res.destroy()); // what was written in this turn still goes out
    this.#settle({ status, fault, counted: true, failed: true });
  }

  /** The head that the job asked for; one that HTTP does not allow is answered with an error here. */
  #readHead(meta: ReplyMeta): ReplyHead | undefined {
    const head = readReplyHead(meta, this.info.origin);
    if (!head) this.refuse('BadReply', 'the job answered with a status or a header that HTTP does not allow');
    return head;
  }

  #sendHead(head: ReplyHead, contentLength: number | undefined): void {
    const cors = corsHeaders(this.info.origin);
    for (let i = 0; i < cors.length; i += 2) this.res.setHeader(cors[i] as string, cors[i + 1] as string);
    if (!head.headers.includes('content-type') && head.status !== 204)
      this.res.setHeader('content-type', 'application/json');
    writeReplyHead(this.res, head, hasBody('POST', head.status) ? contentLength : undefined);
  }

  #settle(outcome: CallOutcome): void {
    this.#settled = true;
    if (!this.#worker) this.#file?.remove();
    this.#host.settled(this, outcome, performance.now() - this.#started);
  }
}
