/** Owns one running call of a function: its input's bytes, and how far its answer is. */
import type { Frame } from '../../../wrapper/protocol/frame.ts';
import type { Endpoint } from './endpoint.ts';
import { RequestView } from './request-view.ts';

export class Call extends RequestView {
  readonly flags: number;
  readonly body: Buffer;
  readonly endpoint: Endpoint;
  answered = false;
  /** Told how many more bytes of a streamed answer may be sent. */
  onWindow: ((bytes: number) => void) | undefined;
  /** Told when the answer is out. */
  onDone: (() => void) | undefined;
  /** The answer is sent piece by piece. */
  streaming = false;
  #wait: { resolve(value: undefined): void; reject(error: unknown): void } | undefined;
  #interruption: { readonly error: unknown } | undefined;

  constructor(frame: Frame, endpoint: Endpoint) {
    super(frame.id, frame.meta);
    this.flags = frame.flags;
    this.body = frame.body;
    this.endpoint = endpoint;
  }

  override cancel(): void {
    super.cancel();
    this.#wait?.resolve(undefined);
  }

  /** Makes a streamed answer break off with this error. */
  interrupt(error: unknown): void {
    this.#interruption ??= { error };
    this.#wait?.reject(error);
  }

  /** What a promise resolves to, or undefined as soon as the caller has left. Rejects when the call is interrupted. */
  orLeft<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#wait = { resolve, reject };
      promise.then(resolve, reject);
      if (this.cancelled) resolve(undefined);
      if (this.#interruption) reject(this.#interruption.error);
    });
  }
}
