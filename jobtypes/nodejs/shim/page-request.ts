/** Owns one request to the job's pages: its body on the way in and the answer on the way out, both as they come. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Frame, FrameFlag, FrameType } from '../../../wrapper/protocol/frame.ts';
import type { Exchange, ExchangeParts } from './webview.ts';

const WINDOW_BYTES = 256 * 1024;
/** Headers of the caller's connection, which this one is not. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'expect']);

export class PageRequest implements Exchange {
  readonly #parts: ExchangeParts;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #room = WINDOW_BYTES;
  #ended = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { meta, url, flags } = parts;
    this.#request = request({
      method: meta.method,
      path: url,
      headers: keptHeaders(meta.headers) as never,
      createConnection: parts.connect,
    });
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', () => this.#end());
    if (flags & FrameFlag.more) this.#request.flushHeaders();
    else this.#request.end();
  }

  onFrame(frame: Frame): void {
    if (frame.type === FrameType.input) this.#onInput(frame);
    else if (frame.type === FrameType.window) this.#onWindow(frame.body.readUInt32LE());
    else {
      this.#parts.context.cancel();
      this.#request.destroy();
      this.#end();
    }
  }

  #onInput({ body, flags }: Frame): void {
    if (body.length > 0) this.#request.write(body, () => this.#grant(body.length));
    if ((flags & FrameFlag.more) === 0) this.#request.end();
  }

  /** The application has taken a piece: the wrapper may send as much again. */
  #grant(bytes: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes);
    if (!this.#ended) this.#parts.connection.send(FrameType.window, this.#parts.id, { body: [size] });
  }

  #onResponse(response: IncomingMessage): void {
    this.#response = response;
    const { connection, id } = this.#parts;
    const meta = JSON.stringify({ status: response.statusCode, headers: response.rawHeaders });
    connection.send(FrameType.chunk, id, { meta });
    response.on('data', (piece: Buffer) => {
      connection.send(FrameType.chunk, id, { body: [piece] });
      this.#room -= piece.length;
      if (this.#room <= 0) response.pause();
    });
    response.on('end', () => this.#end());
    response.on('error', () => this.#end()); // what is missing shows by the promised length, or by the connection's end
  }

  #onWindow(bytes: number): void {
    this.#room += bytes;
    if (this.#room > 0) this.#response?.resume();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const broken = this.#response && !this.#response.complete;
    const meta = broken ? JSON.stringify(BROKEN) : '';
    this.#parts.connection.send(FrameType.end, this.#parts.id, { meta });
    this.#parts.onEnd();
  }
}

/** The application has broken its answer off; why, it has told itself. */
const BROKEN = { status: 500, fault: 'job', message: '', counted: true };

function keptHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) kept.push(name, raw[at + 1] as string);
  }
  return kept;
}
