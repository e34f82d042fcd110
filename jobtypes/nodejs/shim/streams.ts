/** Owns an answer that is sent piece by piece: the first piece at once, later ones merged, never more than the window ahead. */
import { FrameType } from '../../../wrapper/protocol/frame.ts';
import type { ErrorMeta, ReplyMeta } from '../../../wrapper/protocol/messages.ts';
import type { Call } from './call.ts';
import type { Connection } from './connection.ts';

const WINDOW_BYTES = 256 * 1024;
const MERGE_BYTES = 16 * 1024;
const MERGE_MS = 1;
/** How long a job that always has the next piece may keep everything else of its process waiting. */
const BREATH_MS = 1;

export class OutgoingStream {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #breather = new Breather();
  #head: ReplyMeta | undefined;
  #pieces: Buffer[] = [];
  #size = 0;
  #room = WINDOW_BYTES;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(connection: Connection, call: Call, head: ReplyMeta) {
    this.#connection = connection;
    this.#call = call;
    this.#head = head;
    call.streaming = true;
    call.onWindow = (bytes) => {
      this.#room += bytes;
      if (this.#room > 0) this.#wake?.();
    };
  }

  /** Whether the status line is out: from then on an error can only break the answer off. */
  get begun(): boolean {
    return this.#head === undefined;
  }

  put(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (!this.begun || this.#size >= MERGE_BYTES) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), MERGE_MS);
  }

  /** Resolves when more may be sent; undefined when that is now. */
  room(): Promise<void> | undefined {
    if (this.#room > 0) return this.#breather.rest();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** With an error when the answer breaks off. */
  end(error?: ErrorMeta): void {
    if (this.#call.cancelled) this.#pieces = [];
    if (this.#pieces.length > 0 || !this.begun) this.#send();
    this.#connection.send(FrameType.end, this.#call.id, { meta: error ? JSON.stringify(error) : '' });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const meta = this.#head ? JSON.stringify(this.#head) : '';
    this.#connection.send(FrameType.chunk, this.#call.id, { meta, body: this.#pieces });
    this.#room -= this.#size;
    this.#head = undefined;
    this.#pieces = [];
    this.#size = 0;
  }
}

/** Lets others run when somebody has been busy for a while. */
export class Breather {
  #since = performance.now();

  rest(): Promise<void> | undefined {
    if (performance.now() - this.#since < BREATH_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#since = performance.now();
        resolve();
      });
    });
  }
}
