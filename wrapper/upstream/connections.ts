/** Owns the connections to one program: kept and used again, with less work for each request than Node's agent does by itself. */
import { Agent, ClientRequest, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';

/** Shorter than servers keep an idle connection: one that is about to be closed must not be given to a call. */
const IDLE_MS = 1_000;
const SWEEP_MS = 500;
const MAX_IDLE = 256;

export class Connections {
  readonly #agent: OneServerAgent;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #sweeping: NodeJS.Timeout;

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.#address = { host, port };
    this.#agent = new OneServerAgent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: MAX_IDLE });
    this.#sweeping = setInterval(() => this.#agent.sweep(), SWEEP_MS).unref();
  }

  /** Begins a request; throws for a path or a header that HTTP does not allow. */
  open(options: Pick<RequestOptions, 'method' | 'path' | 'headers'>): ClientRequest {
    return new LeanRequest({ ...this.#address, ...options, agent: this.#agent });
  }

  close(): void {
    clearInterval(this.#sweeping);
    this.#agent.destroy();
  }
}

type Idle = Socket & { idleSince?: number };

/** Node's agent reads an answer's headers, sets timers and calls the system whenever a connection becomes idle: one look at all does. */
class OneServerAgent extends Agent {
  override getName(): string {
    return 'program';
  }

  override keepSocketAlive(socket: Idle): boolean {
    socket.idleSince = performance.now();
    return true;
  }

  override reuseSocket(socket: Idle, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    delete socket.idleSince;
  }

  /** Closes what has been idle for long. */
  sweep(): void {
    const before = performance.now() - IDLE_MS;
    for (const socket of Object.values(this.freeSockets).flat() as Idle[]) {
      if (socket.idleSince !== undefined && socket.idleSince < before) socket.destroy();
    }
  }
}

/** The method through which every piece of a request goes to its socket; Node's types leave it out. */
type WriteRaw = (data: string | Uint8Array, encoding?: BufferEncoding | null, callback?: () => void) => boolean;

const writeRaw = (ClientRequest.prototype as unknown as { _writeRaw: WriteRaw })._writeRaw;

/** As in our responses, the empty piece that Node writes to learn when all is out is left away: a small request is one write. */
class LeanRequest extends ClientRequest {
  constructor(options: RequestOptions) {
    super(options as unknown as URL);
  }

  _writeRaw(data: string | Uint8Array, encoding?: BufferEncoding | null, callback?: () => void): boolean {
    if (data === '' && callback !== undefined) {
      process.nextTick(callback);
      return true;
    }
    return writeRaw.call(this, data, encoding, callback);
  }
}
