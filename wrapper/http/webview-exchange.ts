/** Owns one request to the job's user interface: its body on the way in and its answer on the way out, both as they come. */
import type { ServerResponse } from 'node:http';
import { type Frame, FrameFlag, FrameType } from '../protocol/frame.ts';
import type { ErrorMeta, Fault, HttpMeta, ReplyMeta } from '../protocol/messages.ts';
import type { Exchange } from '../worker/call.ts';
import { parse, type Worker } from '../worker/worker.ts';
import { AccessLog } from './access-log.ts';
import { BodyUpload } from './body-upload.ts';
import type { Visit } from './job-side.ts';
import type { View } from './open-views.ts';
import { hasBody, type ReplyHead, readReplyHead, writeReplyHead } from './reply-head.ts';
import type { RequestInfo } from './request-info.ts';
import { FAULT_HEADER, send, sendError } from './respond.ts';
import type { WorkerParts } from './worker-side.ts';

/** Room is given back to a streaming worker in steps of this many bytes. */
const WINDOW_STEP = 64 * 1024;
/** Up to here, head and body are joined into one write. */
const ONE_WRITE_LIMIT = 64 * 1024;

export class WebviewExchange implements Exchange, View {
  readonly info: RequestInfo;
  readonly #visit: Visit;
  readonly #parts: WorkerParts;
  readonly #worker: Worker;
  readonly #id: number;
  readonly #upload: BodyUpload | undefined;
  #settled = false;
  #head: ReplyHead | undefined;
  /** Bytes of the body that the head has promised and that have not been sent yet. */
  #promised = Number.POSITIVE_INFINITY;
  #unflushed = 0;
  #unacknowledged = 0;

  constructor(visit: Visit, parts: WorkerParts, target: { worker: Worker; meta: HttpMeta }) {
    this.info = visit.info;
    this.#visit = visit;
    this.#parts = parts;
    this.#worker = target.worker;
    const { req, res, info } = visit;
    const more = info.contentLength > 0 || req.headers['transfer-encoding'] !== undefined;
    parts.views.add(this);
    this.#id = this.#worker.exchange(FrameType.http, this, target.meta, undefined, more ? FrameFlag.more : 0);
    this.#upload = more ? this.#startUpload() : undefined;
    res.on('close', () => this.#onClosed());
    res.on('drain', () => this.#acknowledge());
  }

  onFrame(frame: Frame): void {
    if (this.#settled) return;
    switch (frame.type) {
      case FrameType.window:
        this.#upload?.grant(frame.body.readUInt32LE());
        break;
      case FrameType.result:
        this.#onResult(frame);
        break;
      case FrameType.error:
        this.#onError(frame);
        break;
      case FrameType.chunk:
        this.#onChunk(frame);
        break;
      case FrameType.end:
        this.#onEnd(frame);
    }
  }

  onWorkerLost(reason: string): void {
    if (this.#settled) return;
    this.#fail(`the worker that ran this request ${reason}; other requests are not affected`);
  }

  /** A request has no deadline, and its response says when the caller is gone. */
  check(): void {}

  /** A request is given the time that running calls get. */
  goAway(): void {}

  cutOff(): void {
    this.#visit.res.destroy();
  }

  #startUpload(): BodyUpload {
    const { req, res, info } = this.#visit;
    if (info.expectsContinue) res.writeContinue();
    const limit = this.#parts.config.limits.maxBody;
    return new BodyUpload(req, {
      contentLength: info.contentLength,
      limit,
      send: (piece, more) => this.#worker.input(this.#id, piece, more ? FrameFlag.more : 0),
      onTooLarge: () => {
        this.#worker.cancel(this.#id);
        if (this.#head) res.destroy();
        else this.#answered(sendError(res, 'PayloadTooLarge', `the body is larger than the limit of ${limit} bytes`));
        this.#settle();
      },
    });
  }

  #onClosed(): void {
    if (this.#settled) return;
    this.#worker.cancel(this.#id);
    this.#settle();
  }

  #onResult(frame: Frame): void {
    const head = this.#readHead(frame);
    if (!head) return;
    const { req, res } = this.#visit;
    const body = hasBody(req.method as string, head.status);
    const length = body ? frame.body.length : head.contentLength;
    writeReplyHead(res, head, length);
    if (!body) res.end();
    else if (length !== undefined && length > ONE_WRITE_LIMIT) res.end(frame.body);
    else res.end(frame.body.toString('latin1'), 'latin1');
    this.#settle();
  }

  #onError(frame: Frame): void {
    const meta = parse<ErrorMeta>(frame.meta);
    this.#logError(meta);
    const headers = ['content-type', 'application/json', FAULT_HEADER, meta.fault];
    send(this.#visit.res, meta.status, headers, frame.body);
    this.#answered(meta.fault, meta.status);
    this.#settle();
  }

  #onChunk(frame: Frame): void {
    if (!this.#head && !this.#begin(frame)) return;
    const size = frame.body.length;
    const { req, res } = this.#visit;
    this.#unflushed += size;
    const piece = frame.body.subarray(0, this.#promised);
    this.#promised -= piece.length;
    if (size === 0) res.flushHeaders(); // the job wants its head to be seen before there is a body
    const sends = piece.length > 0 && hasBody(req.method as string, res.statusCode);
    if (!sends || res.write(piece)) this.#acknowledge();
  }

  /** Sends the head of a streamed answer. */
  #begin(frame: Frame): boolean {
    const head = this.#readHead(frame);
    if (!head) return false;
    this.#promised = head.contentLength ?? Number.POSITIVE_INFINITY;
    writeReplyHead(this.#visit.res, head, head.contentLength);
    this.#head = head;
    return true;
  }

  #readHead(frame: Frame): ReplyHead | undefined {
    const meta = frame.meta.length > 0 ? parse<ReplyMeta>(frame.meta) : {};
    const head = readReplyHead(meta, this.info.origin);
    if (!head) {
      this.#worker.cancel(this.#id);
      this.#fail("the job's user interface answered with a head that HTTP does not allow");
    }
    return head;
  }

  #onEnd(frame: Frame): void {
    const meta = frame.meta.length > 0 ? parse<ErrorMeta>(frame.meta) : undefined;
    if (meta) this.#logError(meta);
    const { req, res } = this.#visit;
    if (!this.#head) {
      this.#fail("the job's user interface ended the request without an answer");
      return;
    }
    const short =
      Number.isFinite(this.#promised) && this.#promised > 0 && hasBody(req.method as string, res.statusCode);
    if (short && !meta) this.#log(`the user interface sent ${this.#promised} bytes less than its Content-Length`);
    // The status line is out already: only an incomplete body can tell the caller.
    if (meta || short)
      setImmediate(() => res.destroy()); // what was written in this turn still goes out
    else res.end();
    this.#settle();
  }

  #fail(message: string): void {
    const { res } = this.#visit;
    if (this.#head) res.destroy();
    else this.#answered(sendError(res, 'JobCrashed', message));
    this.#settle();
  }

  /** What has been handed to the system is consumed: the worker may send as much again. */
  #acknowledge(): void {
    this.#unacknowledged += this.#unflushed;
    this.#unflushed = 0;
    if (this.#settled || this.#unacknowledged < WINDOW_STEP) return;
    this.#worker.window(this.#id, this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #settle(): void {
    this.#settled = true;
    this.#upload?.stop();
    this.#parts.views.delete(this);
  }

  #answered(fault: Fault, status = 0): void {
    this.#parts.metrics.errorAnswered(fault);
    if (status === 500) this.#parts.metrics.http.serverError();
  }

  #logError(meta: ErrorMeta): void {
    if (meta.message === '') return;
    this.#log(meta.message, { cause: meta.cause, traceback: meta.traceback, fault: meta.fault });
  }

  #log(message: string, fields: object = {}): void {
    const { logger, config } = this.#parts;
    logger.log('ERROR', message, { ...fields, ...new AccessLog(logger, config).fields(this.info) });
  }
}

/** Who asks, in the words of the protocol. */
export const clientOf = (req: { socket: ServerResponse['socket'] }): readonly [string, number] => [
  req.socket?.remoteAddress ?? '',
  req.socket?.remotePort ?? 0,
];
