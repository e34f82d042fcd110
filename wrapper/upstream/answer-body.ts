/** Owns the program's answer on its way to the caller: a small one in one piece, any other as fast as the caller reads. */
import { pipeline, Writable } from 'node:stream';
import type { Visit } from '../http/job-side.ts';
import { FAULT_HEADER } from '../http/respond.ts';
import type { WireHead } from './answer-parser.ts';
import { trailerPairs } from './request-body.ts';
import type { Rewriting } from './rewriting.ts';

export interface AnswerEvents {
  /** The whole answer has been handed over. */
  onEnd(): void;
  /** It cannot be decoded; the head is out. */
  onBroken(): void;
  /** The head cannot be written; nothing is out. */
  onInvalid(): void;
}

/** What the body comes from: it can be asked to wait. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
}

/** Up to here, head and body are joined into one write. */
const ONE_WRITE_LIMIT = 64 * 1024;

export class AnswerBody {
  readonly #wire: WireHead;
  readonly #answer: Rewriting;
  readonly #visit: Visit;
  readonly #source: AnswerSource;
  readonly #events: AnswerEvents;
  readonly #gathers: boolean;
  #text = '';
  /** Where pieces go before they reach the caller. */
  #first: Writable | undefined;
  #trailers: readonly string[] = [];

  constructor(
    wire: WireHead,
    answer: Rewriting,
    { visit, source, events }: { visit: Visit; source: AnswerSource; events: AnswerEvents },
  ) {
    this.#wire = wire;
    this.#answer = answer;
    this.#visit = visit;
    this.#source = source;
    this.#events = events;
    const { contentLength } = answer.head;
    const bodiless = visit.req.method === 'HEAD' || wire.status === 204 || wire.status === 304;
    this.#gathers = bodiless || (contentLength !== undefined && contentLength <= ONE_WRITE_LIMIT);
    if (!this.#gathers) this.#begin();
  }

  take(piece: Buffer): void {
    if (this.#gathers) {
      this.#text += piece.toString('latin1');
    } else if (this.#first) {
      if (!this.#first.write(piece)) this.#source.pause();
    } else if (!this.#visit.res.write(piece)) {
      this.#source.pause();
    }
  }

  end(trailers: readonly string[]): void {
    this.#trailers = trailers;
    if (this.#first) this.#first.end();
    else if (!this.#gathers) this.#close();
    else if (this.#writeHead()) {
      if (this.#text === '') this.#visit.res.end();
      else this.#visit.res.end(this.#text, 'latin1');
      this.#events.onEnd();
    }
  }

  #begin(): void {
    const { res } = this.#visit;
    if (!this.#writeHead()) return;
    res.flushHeaders(); // a stream's caller wants to see the head before there is a body
    const { steps } = this.#answer;
    if (steps.length > 0) this.#throughAll(steps);
    else res.on('drain', () => this.#source.resume());
  }

  #throughAll(steps: Rewriting['steps']): void {
    const { res } = this.#visit;
    const last = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        if (res.write(piece)) done();
        else res.once('drain', () => done());
      },
    });
    this.#first = steps[0] as Writable;
    this.#first.on('drain', () => this.#source.resume());
    pipeline([...steps, last], (error) => {
      if (error) this.#events.onBroken();
      else this.#close();
    });
  }

  #close(): void {
    const { res } = this.#visit;
    if (this.#trailers.length > 0) res.addTrailers(trailerPairs(this.#trailers));
    res.end();
    this.#events.onEnd();
  }

  #writeHead(): boolean {
    const { headers, contentLength, fault } = this.#answer.head;
    const { status, reason } = this.#wire;
    if (contentLength !== undefined) headers.push('Content-Length', String(contentLength));
    if (status >= 400 && fault === undefined) headers.push(FAULT_HEADER, status >= 500 ? 'job' : 'caller');
    try {
      this.#visit.res.writeHead(status, reason, headers);
      return true;
    } catch {
      this.#events.onInvalid();
      return false;
    }
  }
}
