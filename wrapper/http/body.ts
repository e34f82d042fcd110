/** Owns reading a request's body up to a limit: a small one into memory, a large one into a file. */
import type { IncomingMessage } from 'node:http';
import type { BodyFile, BodyFiles } from './body-files.ts';

export interface ReceivedBody {
  readonly pieces: readonly Buffer[];
  /** Holds the body instead, when it is too large for memory; whoever takes the body over removes it. */
  readonly file: BodyFile | undefined;
}

export interface BodyOptions {
  /** As declared; -1 when it is not. */
  readonly contentLength: number;
  /** Largest body in bytes. */
  readonly limit: number;
  /** Largest body that is kept in memory. */
  readonly spillAbove: number;
  readonly files: BodyFiles;
}

/** One of these is called once, as soon as it is known; none when the caller goes away in the middle. */
export interface BodyEvents {
  onBody(body: ReceivedBody): void;
  onTooLarge(): void;
  /** The disk is full, or the folder cannot be written. */
  onUnstorable(error: Error): void;
}

/** Gathers the body's pieces and hands them over; of a body that is refused nothing is kept. */
export function readBody(req: IncomingMessage, options: BodyOptions, events: BodyEvents): void {
  const { contentLength, limit, spillAbove } = options;
  if (contentLength > limit) {
    events.onTooLarge();
    return;
  }
  if (contentLength > spillAbove) {
    spillBody(req, { ...options, begun: [] }, events);
    return;
  }
  const pieces: Buffer[] = [];
  let size = 0;
  let finished = false;
  const finish = () => {
    if (finished) return;
    finished = true;
    events.onBody({ pieces, file: undefined });
  };
  req.on('data', (piece: Buffer) => {
    if (finished) return;
    size += piece.length;
    pieces.push(piece);
    if (size === contentLength) {
      finish(); // no need to wait for the end to be announced
    } else if (size > limit) {
      finished = true;
      events.onTooLarge();
    } else if (size > spillAbove) {
      finished = true;
      spillBody(req, { ...options, begun: pieces }, events);
    }
  });
  req.on('end', finish);
}

/** Writes the body to a file; `begun` is what has arrived of it. */
function spillBody(
  req: IncomingMessage,
  options: BodyOptions & { begun: readonly Buffer[] },
  events: BodyEvents,
): void {
  try {
    new SpillingBody(req, options, { file: options.files.create(), events }).take(options.begun);
  } catch (error) {
    events.onUnstorable(error as Error);
  }
}

class SpillingBody {
  readonly #req: IncomingMessage;
  readonly #options: BodyOptions;
  readonly #file: BodyFile;
  readonly #events: BodyEvents;
  #size = 0;
  /** `whole`: all of it has arrived, the disk may be behind; `over`: it has been handed over or given up. */
  #state: 'arriving' | 'whole' | 'over' = 'arriving';

  constructor(req: IncomingMessage, options: BodyOptions, { file, events }: { file: BodyFile; events: BodyEvents }) {
    this.#req = req;
    this.#options = options;
    this.#file = file;
    this.#events = events;
    file.on({
      onRoom: () => req.resume(),
      onComplete: () => this.#complete(),
      onError: (error) => this.#giveUp(() => events.onUnstorable(error)),
    });
    req.on('data', (piece: Buffer) => this.#write(piece));
    req.on('end', () => this.#end());
    req.on('close', () => {
      if (this.#state === 'arriving') this.#giveUp(() => {});
    });
  }

  take(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#write(piece);
  }

  /** The sender waits while the disk is behind. */
  #write(piece: Buffer): void {
    if (this.#state !== 'arriving') return;
    this.#size += piece.length;
    if (this.#size > this.#options.limit) {
      this.#giveUp(() => this.#events.onTooLarge());
      return;
    }
    if (!this.#file.write(piece)) this.#req.pause();
    if (this.#size === this.#options.contentLength) this.#end();
  }

  #end(): void {
    if (this.#state !== 'arriving') return;
    this.#state = 'whole';
    this.#file.end();
  }

  #complete(): void {
    this.#state = 'over';
    this.#events.onBody({ pieces: [], file: this.#file });
  }

  #giveUp(tell: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#file.remove();
    tell();
    this.#req.resume(); // what is still to come is dropped by whoever has been told
  }
}
