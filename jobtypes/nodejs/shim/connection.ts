/** Owns the socket to the wrapper: frames in and out, and the end of this process with it. */
import { Socket } from 'node:net';
import process from 'node:process';
import type { Frame, FrameType } from '../../../wrapper/protocol/frame.ts';
import { Link } from '../../../wrapper/worker/link.ts';

/** How long last words may take to go out. */
const FAREWELL_MS = 1000;

export class Connection {
  readonly #socket: Socket;
  readonly #link: Link;
  #onFrame: (frame: Frame) => void = () => {};

  /** Ends the process when the wrapper is gone (exit code 0) or breaks the protocol (1). */
  constructor(descriptor: number) {
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: true });
    this.#link = new Link(this.#socket, {
      onFrame: (frame) => this.#onFrame(frame),
      onClose: (error) => process.exit(error ? 1 : 0),
    });
    process.once('exit', () => this.#link.flush()); // what was answered before the job ended its process still goes out
  }

  /** From now on frames go here. */
  listen(onFrame: (frame: Frame) => void): void {
    this.#onFrame = onFrame;
  }

  /** Queues a frame; those of one turn of the event loop go out together. */
  send(type: FrameType, id: number, options?: Parameters<Link['send']>[2]): void {
    this.#link.send(type, id, options);
  }

  /** Sends a frame at once. */
  sendJson(type: FrameType, value: unknown, id = 0): void {
    this.#link.send(type, id, { body: [Buffer.from(JSON.stringify(value))] });
    this.#link.flush();
  }

  flush(): void {
    this.#link.flush();
  }

  /** Ends the process once everything has been sent. */
  end(code: number): void {
    this.#link.flush();
    this.#socket.end(() => process.exit(code));
    setTimeout(() => process.exit(code), FAREWELL_MS);
  }
}
