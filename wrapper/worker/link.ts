/** Owns one socket to a worker process: frames in, batches of frames out. */
import type { Socket } from 'node:net';
import { encodeHead, type Frame, FrameDecoder, type FrameType, ProtocolError } from '../protocol/frame.ts';

export interface LinkEvents {
  onFrame(frame: Frame): void;
  /** The stream has ended; `error` is set when the peer broke the protocol. */
  onClose(error: ProtocolError | undefined): void;
}

/** Writes of one turn of the event loop go out together. */
export class Link {
  readonly #socket: Socket;
  #out: Buffer[] = [];
  #bytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(socket: Socket, events: LinkEvents) {
    this.#socket = socket;
    let failure: ProtocolError | undefined;
    const decoder = new FrameDecoder((frame) => events.onFrame(frame));
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        failure = error;
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    const close = () => {
      if (this.#closed) return;
      this.#closed = true;
      events.onClose(failure);
    };
    socket.on('close', close);
    if (socket.destroyed) setImmediate(close); // a process that ended without a word may have closed it already
  }

  get open(): boolean {
    return !this.#closed && !this.#socket.destroyed;
  }

  /** Queues a frame; `body` follows its header untouched. */
  send(
    type: FrameType,
    id: number,
    options: { meta?: string; endpoint?: number; flags?: number; body?: readonly Buffer[] } = {},
  ): void {
    const body = options.body ?? [];
    let length = 0;
    for (const piece of body) length += piece.length;
    const head = encodeHead(type, id, length, options.meta, options.endpoint, options.flags);
    this.#out.push(head);
    for (const piece of body) this.#out.push(piece);
    this.#bytes += head.length + length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(flush, this);
    }
  }

  flush(): void {
    this.#scheduled = false;
    const out = this.#out;
    const bytes = this.#bytes;
    this.#out = [];
    this.#bytes = 0;
    if (!this.open || out.length === 0) return;
    if (bytes <= COPY_LIMIT) {
      this.#socket.write(Buffer.concat(out, bytes));
      return;
    }
    this.#socket.cork();
    for (const piece of out) this.#socket.write(piece);
    this.#socket.uncork();
  }

  close(): void {
    this.flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Below this, copying pieces together is cheaper than a vectored write. */
const COPY_LIMIT = 64 * 1024;

function flush(link: Link): void {
  link.flush();
}
