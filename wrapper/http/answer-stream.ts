/** Owns an answer that goes out piece by piece: room for the worker, the promised length, signs of life. */
import type { ServerResponse } from 'node:http';
import type { ReplyHead } from './reply-head.ts';

/** Room is given back to a streaming worker in steps of this many bytes. */
const WINDOW_STEP = 64 * 1024;
/** Proxies cut connections that are silent for a minute, some for less. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ':\n\n';

export class AnswerStream {
  readonly status: number;
  readonly #res: ServerResponse;
  readonly #grant: (bytes: number) => void;
  /** An event stream takes comments between its events. */
  readonly #hasHeartbeat: boolean;
  /** Bytes that the head still promises. */
  #promised: number;
  #unacknowledged = 0;
  #silentSince = 0;

  /** The head has been sent. `grant` gives the worker room for so many more bytes. */
  constructor(res: ServerResponse, head: ReplyHead, grant: (bytes: number) => void) {
    this.#res = res;
    this.#grant = grant;
    this.status = head.status;
    this.#promised = head.contentLength ?? Number.POSITIVE_INFINITY;
    this.#hasHeartbeat = String(res.getHeader('content-type')).startsWith('text/event-stream');
  }

  write(piece: Buffer): void {
    const sent = piece.length > this.#promised ? piece.subarray(0, this.#promised) : piece;
    this.#promised -= sent.length;
    this.#unacknowledged += piece.length;
    this.#silentSince = 0;
    if (this.#res.write(sent)) this.#acknowledge();
    else if (this.#res.listenerCount('drain') === 0) this.#res.once('drain', () => this.#acknowledge());
  }

  /** Shows that an event stream is alive when it has been silent for long. */
  check(now: number): void {
    if (!this.#hasHeartbeat || this.#res.writableNeedDrain) return;
    this.#silentSince ||= now;
    if (now - this.#silentSince < HEARTBEAT_MS) return;
    this.#silentSince = now;
    this.#res.write(HEARTBEAT);
  }

  /** The answer is complete; false: the head has promised more, and only a broken connection can tell. */
  end(): boolean {
    if (Number.isFinite(this.#promised) && this.#promised > 0) return false;
    this.#res.end();
    return true;
  }

  #acknowledge(): void {
    if (this.#unacknowledged < WINDOW_STEP) return;
    this.#grant(this.#unacknowledged);
    this.#unacknowledged = 0;
  }
}
