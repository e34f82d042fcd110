/** Owns a client that sends exactly the bytes it is given and reads answers as they come. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Guards against hangs: no test waits for it. */
const LIMIT_MS = 10_000;

export class RawClient {
  readonly socket: Socket;
  /** Nothing more will come. */
  closed = false;
  #received = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(address: string) {
    const { hostname, port } = new URL(address);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (piece: Buffer) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  send(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** The next answer; undefined when the connection ends before one is complete. `head` for answers without a body. */
  async answer(options: { head?: boolean } = {}): Promise<RawAnswer | undefined> {
    return this.#until(() => this.#take(options.head === true));
  }

  /** Resolves when the server has closed the connection. */
  async end(): Promise<void> {
    await this.#until(() => (this.closed ? true : undefined));
  }

  /** Whatever has arrived and is no answer yet. */
  get rest(): string {
    return this.#received.toString('latin1');
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until<T>(look: () => T | undefined): Promise<T | undefined> {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const found = look();
      if (found !== undefined || this.closed) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing came within ${LIMIT_MS} ms; so far: ${JSON.stringify(this.rest)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #take(bodyless: boolean): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    if (!status) throw new Error(`not an answer: ${JSON.stringify(first)}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const body = bodyless || status < 200 ? { text: '', size: 0 } : readBody(this.#received.subarray(end + 4), headers);
    if (!body) return undefined;
    this.#received = this.#received.subarray(end + 4 + body.size);
    return { status, headers, body: body.text };
  }
}

/** Sends one request's bytes on a connection of its own and reads one answer. */
export async function exchange(
  address: string,
  data: string | Buffer,
  options: { head?: boolean } = {},
): Promise<RawAnswer | undefined> {
  const client = new RawClient(address);
  try {
    client.send(data);
    return await client.answer(options);
  } finally {
    client.destroy();
  }
}

/** A POST with these header lines; `body` as it is. */
export const post = (path: string, headers: readonly string[], body = ''): string =>
  [`POST ${path} HTTP/1.1`, 'Host: job', ...headers, '', body].join('\r\n');

function readBody(bytes: Buffer, headers: Record<string, string>): { text: string; size: number } | undefined {
  if (headers['transfer-encoding'] !== 'chunked') {
    const size = Number(headers['content-length'] ?? 0);
    return bytes.length < size ? undefined : { text: bytes.toString('utf8', 0, size), size };
  }
  let text = '';
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (bytes.length < line + 2 + size + 2) return undefined;
    text += bytes.toString('utf8', line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (size === 0) return { text, size: at };
  }
}
