/** Owns the checks of one job: what is small and cheap at once, the rest in a thread. */
import { statSync } from 'node:fs';
import { budget, MAIN_THREAD_STEPS, TooCostly } from './budget.ts';
import { CheckThread, type ThreadVerdict } from './check-thread.ts';
import { Inspector } from './inspector.ts';
import type { CheckPlan, PartName } from './plan.ts';
import { textInstead, type Verdict } from './verdict.ts';

export interface Text {
  readonly pieces: readonly Buffer[];
  /** Path of the file that holds the text instead, when it is large. */
  readonly file: string | undefined;
}

/** A schema that cannot be used: the part is not checked. */
export type OnRefused = (name: PartName, reason: string) => void;

/** Larger texts are checked in the thread. */
const MAX_TEXT = 256 * 1024;
/** A body is shown to its caller again up to so many characters. */
const MAX_ECHO = 1000;
/** How long after the start the schemas are compiled, unless a text needs them before. */
const COMPILE_AFTER_MS = 300;

export class JobChecks {
  readonly #inspector: Inspector;
  readonly #thread: CheckThread;
  readonly #onRefused: OnRefused;
  readonly #timer: NodeJS.Timeout;
  #told = false;

  constructor(plan: CheckPlan, onRefused: OnRefused) {
    this.#inspector = new Inspector(plan);
    this.#thread = new CheckThread(plan);
    this.#onRefused = onRefused;
    this.#timer = setTimeout(() => void this.#compile(), COMPILE_AFTER_MS).unref();
  }

  has(name: PartName): boolean {
    return this.#inspector.has(name);
  }

  /** What to say of a body that is not declared as JSON; nothing of an empty one. */
  refuseRaw({ pieces, file }: Text): Verdict {
    const text = file === undefined ? Buffer.concat(pieces).toString() : undefined;
    if (text?.trim() === '') return undefined;
    return textInstead(text !== undefined && text.length <= MAX_ECHO ? text : undefined);
  }

  /** Checks a text; `done` is called at once where that is possible. */
  check(name: PartName, { pieces, file }: Text, done: (verdict: ThreadVerdict) => void): void {
    let size = file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    for (const piece of pieces) size += piece.length;
    if (file !== undefined || size > MAX_TEXT) this.#thread.check({ name, body: file ?? pieces, size }, done);
    else {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size);
      if (this.#inspector.accepts(name, bytes)) done(undefined);
      else if (this.#inspector.ready) this.#inspect(name, bytes, done);
      else void this.#compile().then(() => this.#inspect(name, bytes, done));
    }
  }

  /** Ends the thread. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#thread.stop();
  }

  #inspect(name: PartName, bytes: Buffer, done: (verdict: ThreadVerdict) => void): void {
    let verdict: ThreadVerdict;
    try {
      budget.left = MAIN_THREAD_STEPS;
      verdict = this.#inspector.inspect(name, bytes);
    } catch (error) {
      if (!(error instanceof TooCostly)) throw error;
      this.#thread.check({ name, body: [bytes], size: bytes.length }, done);
      return;
    }
    done(verdict);
  }

  async #compile(): Promise<void> {
    const { refused } = await this.#inspector.compile();
    if (this.#told) return;
    this.#told = true;
    for (const [name, reason] of refused) this.#onRefused(name, reason);
  }
}
