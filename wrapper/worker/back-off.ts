/** Owns how long to wait before a worker that keeps dying is started again. */

const FIRST_MS = 100;
const LONGEST_MS = 15_000;
const STABLE_MS = 30_000;

/** The first restart comes at once, each further one later; a worker that lived for 30 s starts the count anew. */
export class BackOff {
  #failures = 0;

  /** Milliseconds to wait before the next start, given how long the last worker lived. */
  next(livedMs: number): number {
    if (livedMs >= STABLE_MS) this.#failures = 0;
    this.#failures += 1;
    return this.#failures === 1 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#failures - 2));
  }
}
