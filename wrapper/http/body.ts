/** Owns reading a request's body up to a limit. */
import type { IncomingMessage } from 'node:http';

/**
 * Gathers the body's pieces and hands them over; `onTooLarge` is called once, as soon as it is known, and nothing is kept.
 * A caller that goes away in the middle calls neither.
 */
export function readBody(
  req: IncomingMessage,
  contentLength: number,
  limit: number,
  done: { onBody(pieces: Buffer[]): void; onTooLarge(): void },
): void {
  if (contentLength > limit) {
    done.onTooLarge();
    return;
  }
  const pieces: Buffer[] = [];
  let size = 0;
  let finished = false;
  const finish = () => {
    if (finished) return;
    finished = true;
    done.onBody(pieces);
  };
  req.on('data', (piece: Buffer) => {
    if (finished) return;
    size += piece.length;
    if (size > limit) {
      finished = true;
      done.onTooLarge();
      return;
    }
    pieces.push(piece);
    if (size === contentLength) finish(); // no need to wait for the end to be announced
  });
  req.on('end', finish);
}
