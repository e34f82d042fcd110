/** Owns the one thread for costly checks: started when it is needed, ended when it takes too long or has nothing to do. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../core/package-root.ts';
import type { CheckPlan, PartName } from './plan.ts';
import { TOO_COMPLEX, type Verdict } from './verdict.ts';

/** A text to check: its pieces, or the path of the file that holds it. */
export interface ThreadOrder {
  readonly name: PartName;
  readonly body: readonly Uint8Array[] | string;
}

export type ThreadAnswer = { readonly ready: true } | { readonly verdict: ThreadVerdict };

/** `unavailable`: too much waits, or the thread cannot be started. */
export type ThreadVerdict = Verdict | 'unavailable';

interface Task extends ThreadOrder {
  readonly size: number;
  readonly done: (verdict: ThreadVerdict) => void;
}

const MAX_WAITING = 16;
const START_MS = 30_000;
const IDLE_MS = 10_000;
/** A check may take this long, and as long again for so many bytes. */
const CHECK_MS = 3_000;
const CHECK_BYTES = 12 * 1024 * 1024;
const HEAP_MB = 1024;

export class CheckThread {
  readonly #plan: CheckPlan;
  readonly #tasks: Task[] = [];
  #thread: Worker | undefined;
  /** Whether the thread has compiled the schemas. */
  #ready = false;
  #timer: NodeJS.Timeout | undefined;
  /** Whether a thread that is no longer wanted still runs. */
  #ending = false;

  constructor(plan: CheckPlan) {
    this.#plan = plan;
  }

  /** Checks a text of so many bytes when its turn has come; calls back in the order of the orders. */
  check(order: ThreadOrder & { size: number }, done: (verdict: ThreadVerdict) => void): void {
    if (this.#tasks.length > MAX_WAITING) {
      done('unavailable');
      return;
    }
    this.#tasks.push({ ...order, done });
    if (!this.#thread) {
      if (!this.#ending) this.#start();
    } else if (this.#ready && this.#tasks.length === 1) this.#next();
  }

  /** Ends the thread; what waits is told that it cannot be checked. */
  stop(): void {
    this.#end();
    for (const { done } of this.#tasks.splice(0)) done('unavailable');
  }

  #start(): void {
    const thread = new Worker(join(packageRoot(), 'dist/check-thread.js'), {
      name: 'checks',
      workerData: this.#plan,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#thread = thread;
    thread.unref();
    this.#limit(START_MS, () => this.stop());
    thread.on('message', (answer: ThreadAnswer) => {
      if (thread !== this.#thread) return;
      if ('verdict' in answer) this.#finish(answer.verdict);
      this.#ready = true;
      this.#next();
    });
    // Out of memory.
    thread.on('error', () => {
      if (thread === this.#thread) this.#fail();
    });
  }

  #next(): void {
    clearTimeout(this.#timer);
    const [task] = this.#tasks;
    if (!task) {
      this.#limit(IDLE_MS, () => this.#end());
      return;
    }
    this.#limit(CHECK_MS * (1 + task.size / CHECK_BYTES), () => this.#fail());
    this.#thread?.postMessage({ name: task.name, body: task.body } satisfies ThreadOrder);
  }

  #finish(verdict: ThreadVerdict): void {
    this.#tasks.shift()?.done(verdict);
  }

  /** The running check is given up with its thread; the others go on in a new one. */
  #fail(): void {
    if (!this.#ready) {
      this.stop();
      return;
    }
    this.#end();
    this.#finish(TOO_COMPLEX);
  }

  /** A thread in the middle of parsing goes on until that is done: the next one waits, so that there never are two. */
  #end(): void {
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    this.#ready = false;
    if (!thread) return;
    this.#ending = true;
    void thread.terminate().then(() => {
      this.#ending = false;
      if (this.#tasks.length > 0) this.#start();
    });
  }

  #limit(milliseconds: number, then: () => void): void {
    this.#timer = setTimeout(then, milliseconds).unref();
  }
}
