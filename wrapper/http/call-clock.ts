/** Owns looking at deadlines and callers of running calls: regularly while there are any, and not at all otherwise. */
import { performance } from 'node:perf_hooks';
import type { WaitingCall } from '../runner.ts';
import type { FrontParts } from './job-side.ts';

const CHECK_MS = 20;

export class CallClock {
  readonly #parts: Pick<FrontParts, 'gate' | 'runner'>;
  readonly #others: ReadonlySet<WaitingCall>;
  #timer: NodeJS.Timeout | undefined;

  /** `others` are calls that are neither waiting nor running. */
  constructor(parts: Pick<FrontParts, 'gate' | 'runner'>, others: ReadonlySet<WaitingCall>) {
    this.#parts = parts;
    this.#others = others;
  }

  /** To be called with every call. */
  run(): void {
    this.#timer ??= setInterval(() => this.#check(), CHECK_MS);
  }

  #check(): void {
    const { gate, runner } = this.#parts;
    const now = performance.now();
    gate.check(now);
    for (const worker of runner.workers) worker.check(now);
    for (const call of this.#others) call.check(now);
    if (gate.running === 0 && gate.waiting === 0 && this.#others.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
