/** Owns a client that sends exactly the bytes it is given and shows answers as they come: nothing is mended, followed or retried. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type BodyRead, readBody } from './raw-body.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of which only a part may have arrived. */
export interface PartialAnswer extends RawAnswer {
  readonly complete: boolean;
}

interface AnswerOptions {
  /** The answer has no body, whatever its headers say. */
  readonly head?: boolean;
  /** Guards against hangs, in milliseconds. */
  readonly limitMs?: number;
}

const LIMIT_MS = 10_000;

export class RawClient {
  readonly socket: Socket;
  /** Nothing more will come. */
  closed = false;
  /** Why the connection failed, such as `ECONNREFUSED`. */
  failure: string | undefined;
  #received = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(address: string) {
    const { hostname, port, protocol } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    this.socket =
      protocol === 'https:'
        ? connectTls({ host, port: Number(port || 443), servername: host })
        : connect(Number(port || 80), host);
    this.socket.on('data', (piece: Buffer) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#wake();
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = error.code ?? error.message;
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  send(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** The next answer; undefined when the connection ends before one is complete. */
  async answer({ head = false, limitMs = LIMIT_MS }: AnswerOptions = {}): Promise<RawAnswer | undefined> {
    return this.until(() => this.#take(head), limitMs);
  }

  /** Resolves when the server has closed the connection. */
  async end(): Promise<void> {
    await this.until(() => (this.closed ? true : undefined));
  }

  /** Whatever has arrived and is no answer yet. */
  get rest(): string {
    return this.#received.toString('latin1');
  }

  /** What has arrived of the next answer; undefined before its headers are complete. */
  peek(): PartialAnswer | undefined {
    const head = this.#readHead();
    if (!head) return undefined;
    const body = this.#readBody(head, false);
    return { status: head.status, headers: head.headers, body: body.text, complete: body.complete };
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** What `look` finds, at the latest when the connection has ended; rejects when nothing comes within the limit. */
  async until<T>(look: () => T | undefined, limitMs = LIMIT_MS): Promise<T | undefined> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const found = look();
      if (found !== undefined || this.closed) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing came within ${limitMs} ms; so far: ${JSON.stringify(this.rest)}`);
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
    const head = this.#readHead();
    if (!head) return undefined;
    const body = this.#readBody(head, bodyless);
    if (!body.complete) return undefined;
    this.#received = this.#received.subarray(head.size + body.size);
    return { status: head.status, headers: head.headers, body: body.text };
  }

  #readHead(): { status: number; headers: Record<string, string>; size: number } | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
    if (!status) throw new Error(`not an answer: ${JSON.stringify(first)}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    return { status, headers, size: end + 4 };
  }

  #readBody(
    { status, headers, size }: { status: number; headers: Record<string, string>; size: number },
    bodyless: boolean,
  ): BodyRead {
    if (bodyless || status < 200 || status === 204 || status === 304) return { text: '', size: 0, complete: true };
    return readBody(this.#received.subarray(size), headers, this.closed);
  }
}

/** Sends one request's bytes on a connection of its own and reads one answer. */
export async function exchange(
  address: string,
  data: string | Buffer,
  options: AnswerOptions = {},
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
