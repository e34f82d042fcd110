/** Owns passing a request's body on piece by piece, never further ahead than the receiver has room for. */
import type { IncomingMessage } from 'node:http';
import { drain } from './respond.ts';

/** How far a sender may be ahead of what the receiver has consumed. */
export const WINDOW_BYTES = 256 * 1024;

const NOTHING = Buffer.alloc(0);

export interface UploadOptions {
  /** As declared; -1 when it is not. */
  readonly contentLength: number;
  readonly limit: number;
  /** Passes a piece on; `more` is false for the last one. */
  send(piece: Buffer, more: boolean): void;
  /** The body is larger than the limit: nothing more is sent. */
  onTooLarge(): void;
}

export class BodyUpload {
  readonly #req: IncomingMessage;
  readonly #options: UploadOptions;
  #credit = WINDOW_BYTES;
  #size = 0;
  #done = false;

  constructor(req: IncomingMessage, options: UploadOptions) {
    this.#req = req;
    this.#options = options;
    req.on('data', (piece: Buffer) => this.#pass(piece));
    req.on('end', () => this.#end());
  }

  /** The receiver has room for so many more bytes. */
  grant(bytes: number): void {
    this.#credit += bytes;
    if (!this.#done && this.#credit > 0) this.#req.resume();
  }

  /** Nobody wants the rest: it is read and dropped, so that the caller gets to see the answer. */
  stop(): void {
    if (this.#done) return;
    this.#done = true;
    drain(this.#req);
    this.#req.resume();
  }

  #pass(piece: Buffer): void {
    if (this.#done) return;
    this.#size += piece.length;
    if (this.#size > this.#options.limit) {
      this.stop();
      this.#options.onTooLarge();
      return;
    }
    this.#credit -= piece.length;
    if (this.#credit <= 0) this.#req.pause();
    this.#done = this.#size === this.#options.contentLength; // no need to wait for the end to be announced
    this.#options.send(piece, !this.#done);
  }

  #end(): void {
    if (this.#done) return;
    this.#done = true;
    this.#options.send(NOTHING, false);
  }
}
