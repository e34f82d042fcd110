/** Owns the program's answer on its way to the caller: a small one in one piece, any other as fast as the caller reads. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { Visit } from '../http/job-side.ts';
import { FAULT_HEADER } from '../http/respond.ts';
import { trailerPairs } from './request-body.ts';
import type { AnswerHead } from './response-head.ts';
import type { Rewriting } from './rewriting.ts';

export interface AnswerEvents {
  /** The whole answer has been handed over. */
  onEnd(): void;
  /** The program has stopped in the middle; the head may be out. */
  onBroken(): void;
  /** The head cannot be written; nothing is out. */
  onInvalid(): void;
}

/** Up to here, head and body are joined into one write. */
const ONE_WRITE_LIMIT = 64 * 1024;

export class AnswerBody {
  readonly #answer: IncomingMessage;
  readonly #head: AnswerHead;
  readonly #visit: Visit;
  readonly #events: AnswerEvents;

  constructor(answer: IncomingMessage, { head, steps }: Rewriting, visit: Visit, events: AnswerEvents) {
    this.#answer = answer;
    this.#head = head;
    this.#visit = visit;
    this.#events = events;
    answer.on('error', () => events.onBroken()); // an end before the announced length is one
    const { contentLength } = head;
    const bodiless = visit.req.method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304;
    if (bodiless) this.#finishWithout();
    else if (contentLength !== undefined && contentLength <= ONE_WRITE_LIMIT) this.#gather();
    else this.#stream(steps);
  }

  #finishWithout(): void {
    if (!this.#writeHead()) return;
    this.#visit.res.end();
    this.#answer.resume();
    this.#answer.on('end', () => this.#events.onEnd());
  }

  #gather(): void {
    let text = '';
    this.#answer.setEncoding('latin1');
    this.#answer.on('data', (piece: string) => {
      text += piece;
    });
    this.#answer.on('end', () => {
      if (!this.#writeHead()) return;
      this.#visit.res.end(text, 'latin1');
      this.#events.onEnd();
    });
  }

  #stream(steps: Rewriting['steps']): void {
    const { res } = this.#visit;
    const answer = this.#answer;
    if (!this.#writeHead()) return;
    res.flushHeaders(); // a stream's caller wants to see the head before there is a body
    const source = steps.length === 0 ? answer : throughAll(answer, steps, () => this.#events.onBroken());
    source.on('data', (piece: Buffer) => {
      if (!res.write(piece)) source.pause();
    });
    res.on('drain', () => source.resume());
    source.on('end', () => {
      if (answer.rawTrailers.length > 0) res.addTrailers(trailerPairs(answer.rawTrailers));
      res.end();
      this.#events.onEnd();
    });
  }

  #writeHead(): boolean {
    const { headers, contentLength, fault } = this.#head;
    const status = this.#answer.statusCode as number;
    if (contentLength !== undefined) headers.push('Content-Length', String(contentLength));
    if (status >= 400 && fault === undefined) headers.push(FAULT_HEADER, status >= 500 ? 'job' : 'caller');
    try {
      this.#visit.res.writeHead(status, this.#answer.statusMessage, headers);
      return true;
    } catch {
      this.#events.onInvalid();
      return false;
    }
  }
}

function throughAll(answer: IncomingMessage, steps: Rewriting['steps'], onBroken: () => void): Readable {
  pipeline([answer, ...steps], (error) => {
    if (error) onBroken();
  });
  return steps.at(-1) as Readable;
}
