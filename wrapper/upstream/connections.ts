/** Owns the connections to one program: kept while they are fresh, and used again. */
import { type Connection, createConnection } from './connection.ts';

/** Shorter than servers keep an idle connection: one that is about to be closed must not be given to a call. */
const IDLE_MS = 1_000;
const SWEEP_MS = 500;
const MAX_IDLE = 256;

export class Connections {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #open = new Set<Connection>();
  /** The last one used is the first to be used again: the others grow old and are closed. */
  readonly #idle: Connection[] = [];
  readonly #sweeping: NodeJS.Timeout;
  #closed = false;

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.#address = { host, port };
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** One that is free, or a new one. */
  take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.usable) return idle;
    }
    const connection: Connection = createConnection(this.#address, {
      onFree: () => this.#keep(connection),
      onClosed: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
    return connection;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeping);
    for (const connection of [...this.#open]) connection.destroy();
  }

  #keep(connection: Connection): void {
    if (this.#closed || this.#idle.length >= MAX_IDLE) connection.destroy();
    else this.#idle.push(connection);
  }

  /** The oldest ones are in front. */
  #sweep(): void {
    const before = performance.now() - IDLE_MS;
    const fresh = this.#idle.findIndex(({ idleSince, usable }) => usable && idleSince > before);
    for (const connection of this.#idle.splice(0, fresh < 0 ? this.#idle.length : fresh)) connection.destroy();
  }
}
