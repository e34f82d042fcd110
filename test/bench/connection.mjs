/** Owns a keep-alive connection that does one request after the other with as little work of its own as possible. */
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The bytes of a request. */
export function encodeRequest({ method = 'POST', path, headers = {}, body = '' }) {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ host: '127.0.0.1', 'content-length': bytes.length, ...headers });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/**
 * Opens a connection; `call(bytes, done)` sends a request, and `done(error, { status, body, firstByteAt })` is called once.
 * `firstByteAt` is when the first byte of the body arrived, by `performance.now()`.
 */
export function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let done;
  let reading = new Reading();
  const settle = (error, answer) => {
    const callback = done;
    done = undefined;
    reading = new Reading();
    callback?.(error, answer);
  };
  socket.on('data', (bytes) => {
    const answer = reading.take(bytes);
    if (answer !== undefined) settle(undefined, answer);
  });
  socket.on('error', (error) => settle(error));
  socket.on('close', () => settle(new Error('the server closed the connection')));
  return {
    call(bytes, callback) {
      if (socket.destroyed) return callback(new Error('the server closed the connection'));
      done = callback;
      socket.write(bytes);
    },
    close: () => socket.destroy(),
  };
}

/** One answer as it arrives. The pieces are joined only when it is complete: large ones come in many. */
class Reading {
  #pieces = [];
  #size = 0;
  #head;
  #bodyStart = 0;
  #length;
  #firstByteAt;

  /** The answer, once it is complete. */
  take(bytes) {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#head === undefined && !this.#readHead()) return undefined;
    if (this.#size > this.#bodyStart) this.#firstByteAt ??= performance.now();
    if (!this.#isComplete()) return undefined;
    const body = Buffer.concat(this.#pieces).toString('utf8', this.#bodyStart);
    return {
      status: Number(this.#head.slice(9, 12)),
      body: this.#length === undefined ? unchunk(body) : body,
      firstByteAt: this.#firstByteAt,
    };
  }

  #readHead() {
    const start = Buffer.concat(this.#pieces);
    const end = start.indexOf(HEAD_END);
    if (end < 0) return false;
    this.#pieces = [start];
    this.#head = start.toString('latin1', 0, end);
    this.#bodyStart = end + HEAD_END.length;
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(this.#head) ?? [];
    this.#length = length === undefined ? undefined : Number(length);
    return true;
  }

  #isComplete() {
    if (this.#length !== undefined) return this.#size >= this.#bodyStart + this.#length;
    while (this.#pieces.length > 1 && this.#pieces.at(-1).length < LAST_CHUNK.length) {
      const last = this.#pieces.pop();
      this.#pieces.push(Buffer.concat([this.#pieces.pop(), last]));
    }
    return this.#pieces.at(-1).subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  }
}

function unchunk(text) {
  let body = '';
  for (let rest = text; ; ) {
    const lineEnd = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, lineEnd), 16);
    if (!(size > 0)) return body;
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    rest = rest.slice(lineEnd + 2 + size + 2);
  }
}

/** One request on a connection of its own; rejects when there is no answer. */
export function ask(port, bytes) {
  const connection = openConnection(port);
  return new Promise((resolve, reject) => {
    connection.call(bytes, (error, answer) => {
      connection.close();
      if (error) reject(error);
      else resolve(answer);
    });
  });
}
