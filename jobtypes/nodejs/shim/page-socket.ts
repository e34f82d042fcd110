/** Owns one WebSocket to the job's pages: the handshake with the job's server, then messages both ways. */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { type Frame, FrameFlag, FrameType } from '../../../wrapper/protocol/frame.ts';
import type { Exchange, ExchangeParts } from './webview.ts';

const WINDOW_BYTES = 256 * 1024;

export class PageSocket implements Exchange {
  readonly #parts: ExchangeParts;
  readonly #socket: WebSocket;
  #pieces: Buffer[] = [];
  #room = WINDOW_BYTES;
  #ended = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { meta, url } = parts;
    const [protocols, headers] = readHeaders(meta.headers);
    this.#socket = new WebSocket(`ws://localhost${url}`, protocols, {
      headers,
      createConnection: parts.connect as never,
      perMessageDeflate: false,
    });
    this.#socket.on('upgrade', (response: IncomingMessage) => this.#accept(response));
    this.#socket.on('unexpected-response', (_request, response: IncomingMessage) => void this.#refuse(response));
    this.#socket.on('message', (data: Buffer, binary) => this.#onMessage(data, binary));
    this.#socket.on('close', (code, reason) => this.#end({ code, reason: reason.toString() }));
    this.#socket.on('error', () => this.#end(undefined));
  }

  onFrame(frame: Frame): void {
    if (frame.type === FrameType.input) this.#onInput(frame);
    else if (frame.type === FrameType.window) this.#onWindow(frame.body.readUInt32LE());
    else this.#onCancel(frame);
  }

  #accept({ rawHeaders }: IncomingMessage): void {
    const meta = JSON.stringify({ status: 101, headers: rawHeaders });
    this.#parts.connection.send(FrameType.chunk, this.#parts.id, { meta });
  }

  async #refuse(response: IncomingMessage): Promise<void> {
    const body = await buffer(response).catch(() => Buffer.alloc(0));
    if (this.#ended) return;
    this.#ended = true;
    const meta = JSON.stringify({ status: response.statusCode, headers: response.rawHeaders });
    this.#parts.connection.send(FrameType.result, this.#parts.id, { meta, body: [body] });
    this.#parts.onEnd();
  }

  #onMessage(data: Buffer, binary: boolean): void {
    this.#parts.connection.send(FrameType.chunk, this.#parts.id, { flags: binary ? 0 : FrameFlag.text, body: [data] });
    this.#room -= data.length;
    if (this.#room <= 0) this.#socket.pause();
  }

  #onInput({ body, flags }: Frame): void {
    this.#pieces.push(body);
    if (flags & FrameFlag.more || this.#socket.readyState !== WebSocket.OPEN) return;
    const message = this.#pieces.length === 1 ? body : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#socket.send(message, { binary: (flags & FrameFlag.text) === 0 }, () => this.#grant(message.length));
  }

  #grant(bytes: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes);
    if (!this.#ended) this.#parts.connection.send(FrameType.window, this.#parts.id, { body: [size] });
  }

  #onWindow(bytes: number): void {
    this.#room += bytes;
    if (this.#room > 0) this.#socket.resume();
  }

  #onCancel({ meta }: Frame): void {
    const { code, reason } = (meta.length > 0 ? JSON.parse(meta.toString()) : {}) as { code?: number; reason?: string };
    this.#parts.context.cancel();
    this.#end(undefined);
    if (this.#socket.readyState !== WebSocket.OPEN) this.#socket.terminate();
    else if (code === undefined || code < 1000 || RESERVED.has(code)) this.#socket.terminate();
    else this.#socket.close(code, reason);
  }

  #end(closing: object | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.connection.send(FrameType.end, this.#parts.id, { meta: closing ? JSON.stringify(closing) : '' });
    this.#parts.onEnd();
  }
}

/** Codes that tell how a connection ended and are never sent. */
const RESERVED = new Set([1004, 1005, 1006, 1015]);

/** The protocols that the caller offers, and all headers that are not part of the handshake itself. */
function readHeaders(raw: readonly string[]): [protocols: string[], headers: Record<string, string>] {
  const protocols: string[] = [];
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [(raw[at] as string).toLowerCase(), raw[at + 1] as string];
    if (name === 'sec-websocket-protocol') protocols.push(...value.split(',').map((each) => each.trim()));
    else if (name !== 'connection' && name !== 'upgrade' && !name.startsWith('sec-websocket-')) {
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
  }
  return [protocols, headers];
}
