/** Owns how many calls run at once and how many may wait: first come, first served. */
import type { Places, WaitingCall } from '../runner.ts';

export interface GateLimits {
  /** Calls that run at once, over all workers. */
  readonly concurrency: number;
  /** Calls that may wait for a place. */
  readonly queue: number;
}

/** How long calls wait for a worker to come back before they are told to try again. */
const WORKER_WAIT_MS = 10_000;

export class Gate<C extends WaitingCall = WaitingCall> {
  limits: GateLimits;
  readonly #places: Places<C>;
  #active = 0;
  /** Waiting calls; those before `#head` have left, settled ones no longer count. */
  #queue: C[] = [];
  #head = 0;
  #withoutWorkerSince = 0;

  constructor(places: Places<C>, limits: GateLimits) {
    this.#places = places;
    this.limits = limits;
  }

  get running(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** The calls that wait, those already settled included. */
  get queued(): readonly C[] {
    return this.#queue.slice(this.#head);
  }

  /** Runs the call as soon as there is room, or refuses it at once when too many wait already. */
  enter(call: C): void {
    const { concurrency, queue } = this.limits;
    if (this.#active < concurrency && this.waiting === 0) {
      const worker = this.#places.pick();
      if (worker) {
        this.#active += 1;
        worker.call(call);
        return;
      }
    }
    if (this.#active + this.waiting - concurrency >= queue) {
      call.refuse(
        'JobBusy',
        `too many requests waiting in a queue. Job is set to process ${concurrency} requests concurrently with a queue of max size ${queue}`,
      );
      return;
    }
    this.#queue.push(call);
  }

  /** A running call has ended. */
  leave(): void {
    this.#active -= 1;
    if (this.#queue.length > 0) this.pump();
  }

  /** Starts waiting calls while there is room. */
  pump(): void {
    while (this.#head < this.#queue.length && this.#active < this.limits.concurrency) {
      const call = this.#queue[this.#head] as C;
      if (!call.settled) {
        const worker = this.#places.pick();
        if (!worker) return;
        this.#active += 1;
        worker.call(call);
      }
      this.#head += 1;
    }
    if (this.#head > 64 || this.#head === this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Lets waiting calls look at their deadlines and callers, and drops those that have gone. */
  check(now: number): void {
    const lost = this.#places.state !== 'ready';
    this.#withoutWorkerSince = lost ? this.#withoutWorkerSince || now : 0;
    if (this.waiting === 0) return;
    const tooLong = lost && now - this.#withoutWorkerSince > WORKER_WAIT_MS;
    const waiting = this.queued;
    for (const call of waiting) {
      call.check(now);
      if (tooLong && !call.settled)
        call.refuse('JobRestarting', 'the job keeps crashing and is being restarted; try again later');
    }
    this.#queue = waiting.filter((call) => !call.settled);
    this.#head = 0;
    this.pump();
  }
}
