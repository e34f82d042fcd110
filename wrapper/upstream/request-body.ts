/** Owns request bodies on their way to the program: a small one in one piece, any other as fast as the program reads. */
import type { IncomingMessage } from 'node:http';
import type { Visit } from '../http/job-side.ts';
import { drain } from '../http/respond.ts';
import type { Connection } from './connection.ts';

/** Hands over a body of so many bytes; of a caller that goes away in the middle nothing is heard. */
export function gatherBody(req: IncomingMessage, contentLength: number, onBody: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  let size = 0;
  req.on('data', (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    if (size === contentLength) onBody(pieces.length === 1 ? piece : Buffer.concat(pieces));
  });
}

/** A large or endless body, up to the limit; in chunks when the caller has not said its length. */
export class RequestBody {
  readonly #visit: Visit;
  readonly #connection: Connection;
  readonly #chunked: boolean;
  #left: number;
  #finished = false;
  #stopped = false;

  constructor(visit: Visit, connection: Connection, limit: number, onTooLarge: () => void) {
    this.#visit = visit;
    this.#connection = connection;
    this.#chunked = visit.info.chunked;
    this.#left = limit;
    const { req, res, info } = visit;
    if (info.expectsContinue) res.writeContinue();
    req.on('data', (piece: Buffer) => {
      if (this.#stopped) return;
      this.#left -= piece.length;
      if (this.#left < 0) onTooLarge();
      else if (!this.#write(piece)) req.pause();
    });
    req.on('end', () => this.#finish());
  }

  resume(): void {
    this.#visit.req.resume();
  }

  /** The answer is known: what is still to come is not for the program any more. */
  stop(): void {
    this.#stopped = true;
    if (this.#finished) return;
    this.#connection.destroy();
    drain(this.#visit.req);
  }

  #write(piece: Buffer): boolean {
    if (!this.#chunked) return this.#connection.write(piece);
    this.#connection.write(`${piece.length.toString(16)}\r\n`);
    this.#connection.write(piece);
    return this.#connection.write('\r\n');
  }

  #finish(): void {
    if (this.#stopped) return;
    if (this.#chunked) {
      const trailers = trailerPairs(this.#visit.req.rawTrailers).map(([name, value]) => `${name}: ${value}\r\n`);
      this.#connection.write(`0\r\n${trailers.join('')}\r\n`);
    }
    this.#finished = true;
    this.#connection.end();
  }
}

/** Fields that would change what has been said before the body. */
const NO_TRAILERS =
  /^(content-length|transfer-encoding|host|trailer|connection|content-encoding|content-type|set-cookie)$/i;

export function trailerPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!NO_TRAILERS.test(raw[i] as string)) pairs.push([raw[i] as string, raw[i + 1] as string]);
  }
  return pairs;
}
