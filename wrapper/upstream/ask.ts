/** Owns asking a program something on the wrapper's own behalf: one GET, with limits for time and size. */
import { request } from 'node:http';
import type { RunningProgram } from './plan.ts';

export interface AskLimits {
  readonly limitMs: number;
  /** Longest body that is read; what is longer rejects, unless it is 0: then the body does not matter. */
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** Rejects when there is no whole answer in time. */
export function ask({ host, port }: RunningProgram, path: string, { limitMs, maxBytes }: AskLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection of its own, and never `fetch`: that can hang for ever on a port that accepts and closes at once.
    const asking = request({ host, port, path, agent: false, signal: AbortSignal.timeout(limitMs) });
    asking.once('error', reject);
    asking.once('response', (answer) => {
      const finish = (body: Buffer) => {
        resolve({ status: answer.statusCode as number, contentType: answer.headers['content-type'], body });
        asking.destroy();
      };
      if (maxBytes === 0) return finish(Buffer.alloc(0));
      const pieces: Buffer[] = [];
      let size = 0;
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece);
        size += piece.length;
        if (size > maxBytes) asking.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
      });
      answer.once('end', () => finish(Buffer.concat(pieces)));
      answer.once('error', reject);
    });
    asking.end();
  });
}
