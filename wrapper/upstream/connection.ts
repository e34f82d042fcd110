/** Owns one connection to a program: requests go out on it as text and bytes, one after the other, and their answers come in. */
import { connect, type Socket } from 'node:net';
import { AnswerParser, type AnswerSink } from './answer-parser.ts';

export interface ConnectionEvents {
  /** The exchange is over, and another one may follow. */
  onFree(): void;
  onClosed(): void;
}

export interface ExchangeEvents extends AnswerSink {
  /** The program is not there, has closed the connection, or its answer is refused (an `AnswerProblem`). Nothing follows but `onOver`. */
  onError(error: NodeJS.ErrnoException): void;
  /** There is room for more of the request. */
  onDrain(): void;
  /** The connection has done with the exchange, however it has ended. */
  onOver(): void;
}

export function createConnection(
  address: { readonly host: string; readonly port: number },
  events: ConnectionEvents,
): Connection {
  return new Connection(connect({ ...address, noDelay: true }), events);
}

export class Connection {
  /** As of `performance.now()`. */
  idleSince = 0;
  /** Whether an exchange has been made on it before. */
  reused = false;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #exchange: ExchangeEvents | undefined;
  #parser: AnswerParser | undefined;
  /** The whole request is out. */
  #sent = false;
  /** Bytes that came for earlier exchanges. */
  #readBefore = 0;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#exchange?.onDrain());
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      this.#fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
      events.onClosed();
    });
  }

  get usable(): boolean {
    return this.#exchange === undefined && this.#socket.writable && !this.#socket.destroyed;
  }

  /** Sends the head of a request, and with it the whole body if `whole`; else the body follows by {@link write} and {@link end}. */
  begin(method: string, text: string, whole: boolean, exchange: ExchangeEvents): void {
    this.#exchange = exchange;
    this.#parser = new AnswerParser(method, exchange);
    this.#sent = whole;
    this.#socket.write(text, 'latin1');
  }

  /** False when there is no room for more at the moment. */
  write(piece: Buffer | string): boolean {
    return this.#socket.write(piece, 'latin1');
  }

  /** The request is complete. */
  end(): void {
    this.#sent = true;
    this.#finish();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    if (!this.#parser) {
      this.#socket.destroy(); // an answer that nobody has asked for
      return;
    }
    try {
      this.#parser.take(bytes);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#finish();
  }

  #onEnd(): void {
    try {
      this.#parser?.close();
    } catch (error) {
      // Without a single byte it is the connection that has ended, not an answer.
      this.#fail(this.#socket.bytesRead > this.#readBefore ? (error as Error) : undefined);
    }
    this.#finish();
    this.#socket.destroy();
  }

  /** The answer is complete, and the request is, too: the connection is free. An answer that did not wait for the request ends it. */
  #finish(): void {
    const parser = this.#parser;
    if (!parser?.done) return;
    const exchange = this.#exchange;
    const keeps = this.#sent && parser.keepsConnection && this.#socket.writable;
    this.#parser = undefined;
    this.#exchange = undefined;
    this.#readBefore = this.#socket.bytesRead;
    if (!keeps) this.#socket.destroy();
    exchange?.onOver();
    if (!keeps) return;
    this.#socket.resume();
    this.reused = true;
    this.idleSince = performance.now();
    this.#events.onFree();
  }

  #fail(error: NodeJS.ErrnoException | undefined): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#parser = undefined;
    this.#socket.destroy();
    exchange?.onError(error ?? Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
    exchange?.onOver();
  }
}
