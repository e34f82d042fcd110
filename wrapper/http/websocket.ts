/** Owns WebSockets to the job's user interface: the job decides about the handshake, then messages go both ways. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { CALL_ERRORS, type CallErrorType } from '../core/errors.ts';
import { type Frame, FrameFlag, FrameType } from '../protocol/frame.ts';
import type { ErrorMeta, ReplyMeta } from '../protocol/messages.ts';
import type { Exchange } from '../worker/call.ts';
import { parse, type Worker } from '../worker/worker.ts';
import { AccessLog } from './access-log.ts';
import { WINDOW_BYTES } from './body-upload.ts';
import { closeCode, closeReason, GOING_AWAY, WENT_WRONG } from './close-code.ts';
import type { View } from './open-views.ts';
import { readReplyHead } from './reply-head.ts';
import { type RequestInfo, readRequestInfo } from './request-info.ts';
import { FAULT_HEADER } from './respond.ts';
import { WEBVIEW } from './route-table.ts';
import { refuseRaw } from './server.ts';
import { clientOf } from './webview-exchange.ts';
import type { WorkerParts } from './worker-side.ts';

export interface WebsocketRequest {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** What the caller has sent after the request's head. */
  readonly head: Buffer;
  readonly path: string;
  readonly query: string;
  /** What stands before `/api/v1`. */
  readonly prefix: string;
  readonly parts: WorkerParts;
}

/** What an `end` says: how the job closes, and its error if that is why. */
type Closing = Partial<ErrorMeta> & { readonly code?: number; readonly reason?: string };

const MAX_MESSAGE = 16 * 1024 * 1024;
const WINDOW_STEP = 64 * 1024;
/** How long a job may think about a handshake. */
const HANDSHAKE_MS = 60_000;
/** How long a caller may take to answer when the service stops. */
const FAREWELL_MS = 1_000;
/** When to ask a silent caller's system whether it is still there. */
const KEEP_ALIVE_MS = 30_000;

/** Asks the job whether it takes the WebSocket, and then passes messages on. */
export function serveWebsocket(request: WebsocketRequest): void {
  const { req, socket, parts } = request;
  const worker = parts.views.closed ? undefined : parts.runner.pick();
  if (req.headers.upgrade?.toLowerCase() !== 'websocket') {
    refuseRaw(socket, 'BadRequest', 'the only change of protocol at this address is the one to WebSocket');
  } else if (parts.views.closed) {
    refuseRaw(socket, 'ShuttingDown', 'the job is shutting down');
  } else if (!worker) {
    refuseRaw(socket, 'JobRestarting', 'the job is being restarted; try again in a moment');
  } else {
    new Connection(request, worker);
  }
}

class Connection implements Exchange, View {
  readonly info: RequestInfo;
  readonly #request: WebsocketRequest;
  readonly #worker: Worker;
  readonly #id: number;
  readonly #timer: NodeJS.Timeout;
  #ws: WebSocket | undefined;
  /** The worker takes part no more. */
  #left = false;
  #credit = WINDOW_BYTES;
  #unacknowledged = 0;

  constructor(request: WebsocketRequest, worker: Worker) {
    const { req, socket, path, query, prefix, parts } = request;
    this.#request = request;
    this.#worker = worker;
    this.info = readRequestInfo(req.rawHeaders, parts.config);
    parts.views.add(this);
    this.#id = worker.exchange(FrameType.http, this, {
      method: req.method as string,
      path,
      query,
      mount: prefix + WEBVIEW,
      headers: req.rawHeaders,
      client: clientOf(req),
      websocket: true,
    });
    this.#timer = setTimeout(() => this.#giveUp('the job did not answer the handshake in time'), HANDSHAKE_MS).unref();
    socket.once('close', () => {
      if (!this.#ws) this.#onGone(1006, ''); // an open one says itself how it was closed
    });
    (socket as Socket).setKeepAlive(true, KEEP_ALIVE_MS);
  }

  onFrame(frame: Frame): void {
    if (this.#left) return;
    if (frame.type === FrameType.window) this.#grant(frame.body.readUInt32LE());
    else if (!this.#ws) this.#onVerdict(frame);
    else if (frame.type === FrameType.chunk) this.#deliver(this.#ws, frame);
    else if (frame.type === FrameType.end) this.#onEnd(this.#ws, parse<Closing>(frame.meta));
  }

  onWorkerLost(reason: string): void {
    if (this.#left) return;
    this.#leave();
    if (this.#ws) this.#ws.close(WENT_WRONG, 'the job crashed');
    else this.#refuse('JobCrashed', `the worker that was asked about this WebSocket ${reason}`);
  }

  /** A WebSocket has no deadline, and its socket says when the caller is gone. */
  check(): void {}

  goAway(): void {
    const reason = 'the job is shutting down';
    if (!this.#left) this.#worker.cancel(this.#id, { code: GOING_AWAY, reason });
    this.#leave();
    if (!this.#ws) this.#refuse('ShuttingDown', reason);
    this.#ws?.close(GOING_AWAY, reason);
    setTimeout(() => this.cutOff(), FAREWELL_MS).unref();
  }

  cutOff(): void {
    this.#request.socket.destroy();
  }

  /** The job's answer to the handshake. */
  #onVerdict(frame: Frame): void {
    const meta = frame.meta.length > 0 ? parse<ReplyMeta & Closing>(frame.meta) : {};
    if (frame.type === FrameType.chunk && meta.status === 101) {
      this.#accept(meta);
      return;
    }
    if (frame.type === FrameType.chunk) this.#worker.cancel(this.#id);
    this.#leave();
    if (meta.message) this.#logError(meta);
    this.#answer(frame.type === FrameType.end ? 403 : (meta.status ?? 403), frame.body, meta);
  }

  #accept(meta: ReplyMeta): void {
    const { req, socket, head } = this.#request;
    const reply = readReplyHead({ ...meta, status: 200 }, undefined);
    const chosen = headerOf(reply?.headers, 'sec-websocket-protocol');
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
      handleProtocols: () => chosen ?? false,
    });
    server.on('headers', (lines) => lines.push(...extraLines(reply?.headers ?? [])));
    clearTimeout(this.#timer);
    server.handleUpgrade(req, socket, head, (ws) => this.#open(ws));
    // A handshake that is no valid one has been refused by now.
    if (!this.#ws) this.#onGone(1006, '');
  }

  #open(ws: WebSocket): void {
    this.#ws = ws;
    this.#logAnswered(101);
    ws.on('message', (message, isBinary) => {
      if (this.#left) return;
      const data = message as Buffer; // the form that this library gives by default
      this.#credit -= data.length;
      if (this.#credit <= 0) ws.pause();
      this.#worker.input(this.#id, data, isBinary ? 0 : FrameFlag.text);
    });
    ws.on('close', (code, reason) => this.#onGone(code, reason.toString('utf8')));
    ws.on('error', () => ws.terminate()); // what broke the rules of the protocol has been told by now
  }

  #deliver(ws: WebSocket, frame: Frame): void {
    const size = frame.body.length;
    ws.send(frame.body, { binary: (frame.flags & FrameFlag.text) === 0 }, () => this.#acknowledge(size));
  }

  /** What has been handed to the system is consumed: the worker may send as much again. */
  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#left || this.#unacknowledged < WINDOW_STEP) return;
    this.#worker.window(this.#id, this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > 0) this.#ws?.resume();
  }

  #onEnd(ws: WebSocket, closing: Closing): void {
    this.#leave();
    if (closing.message) this.#logError(closing);
    ws.resume(); // the caller's answer to the farewell has to be read
    ws.close(closeCode(closing.code ?? 1000), closeReason(closing.reason ?? ''));
  }

  /** The caller has closed, or vanished. */
  #onGone(code: number, reason: string): void {
    this.#request.parts.views.delete(this);
    if (this.#left) return;
    this.#leave();
    this.#worker.cancel(this.#id, { code, reason });
  }

  #giveUp(message: string): void {
    this.#worker.cancel(this.#id);
    this.#leave();
    this.#refuse('JobTimeout', message);
  }

  #leave(): void {
    this.#left = true;
    clearTimeout(this.#timer);
  }

  #refuse(type: CallErrorType, message: string): void {
    this.#logAnswered(CALL_ERRORS[type].status);
    refuseRaw(this.#request.socket, type, message);
  }

  /** Refuses the handshake with what the job has answered. */
  #answer(status: number, body: Buffer, { fault }: Closing): void {
    const { socket } = this.#request;
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `content-length: ${body.length}`];
    if (body.length > 0) lines.push('content-type: application/json');
    if (fault) lines.push(`${FAULT_HEADER}: ${fault}`);
    socket.write(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
    socket.end(body);
    this.#logAnswered(status);
  }

  #logAnswered(status: number): void {
    const { req, parts } = this.#request;
    new AccessLog(parts.logger, parts.config).answered(req.method as string, req.url as string, this.info, status);
  }

  #logError({ message = '', cause, traceback, fault }: Closing): void {
    const { logger, config } = this.#request.parts;
    const fields = new AccessLog(logger, config).fields(this.info);
    logger.log('ERROR', message, { cause, traceback, fault, ...fields });
  }
}

function headerOf(headers: readonly string[] = [], name: string): string | undefined {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

/** The job's own headers as lines; those of the handshake are written by the WebSocket library. */
function extraLines(headers: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!name.toLowerCase().startsWith('sec-websocket-')) lines.push(`${name}: ${headers[i + 1]}`);
  }
  return lines;
}
