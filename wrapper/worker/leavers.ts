/** Owns the workers that take no more calls: each ends after its last one, and by force when its end takes too long. */
import { killGroup } from './process.ts';
import type { Worker } from './worker.ts';

export class Leavers {
  readonly #workers = new Set<Worker>();
  readonly #graceMs: number;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  get workers(): Worker[] {
    return [...this.#workers];
  }

  add(worker: Worker): void {
    this.#workers.add(worker);
    worker.state = 'draining';
    this.finishWhenIdle(worker);
  }

  /** Tells a leaver to end if it runs no call any more; any other worker is left alone. */
  finishWhenIdle(worker: Worker): void {
    if (worker.state === 'draining' && worker.load === 0) this.#finish(worker);
  }

  /** Lets no worker wait for its last calls. */
  hurry(): void {
    for (const worker of this.#workers) if (worker.load > 0) this.#finish(worker);
  }

  /** Forgets a worker that is gone; says whether it was one of these. */
  delete(worker: Worker): boolean {
    return this.#workers.delete(worker);
  }

  #finish(worker: Worker): void {
    worker.stop();
    setTimeout(() => {
      if (this.#workers.has(worker)) killGroup(worker.pid);
    }, this.#graceMs).unref();
  }
}
