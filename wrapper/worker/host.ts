/** Owns the process that imports the job and becomes a fork server or a worker: its start, its forks, and why each process ended. */
import { performance } from 'node:perf_hooks';
import { type Frame, FrameType } from '../protocol/frame.ts';
import type { Exited, Hello, JobDescription, LogRecord, Phase, StartFailure } from '../protocol/messages.ts';
import type { Exchange } from './call.ts';
import type { Meeting } from './meeting.ts';
import { describeEnd, type HostProcess, type WorkerOrder } from './process.ts';
import { parse, Worker, type WorkerEvents } from './worker.ts';

export interface HostOptions {
  readonly process: HostProcess;
  /** Where forked workers connect; without it the process does not fork. */
  readonly meeting: Meeting | null;
}

/** What the process tells, and what the workers tell that came out of it. */
export interface HostEvents {
  /** The process itself says hello; the workers that it forks are the same program. */
  onHello(hello: Hello): void;
  /** The job is imported: the process can fork, or go on as a worker. */
  onImported(): void;
  onImportFailed(failure: StartFailure): void;
  /** The process is gone, and was not a worker itself. */
  onLost(): void;
  onPhase(phase: Phase): void;
  onReady(worker: Worker, description: JobDescription): void;
  onFailed(worker: Worker, failure: StartFailure): void;
  onLog(record: LogRecord, exchange: Exchange | undefined): void;
  onRoom(worker: Worker): void;
  onOverran(worker: Worker): void;
  onWorkerLost(worker: Worker): void;
}

/** How long to wait for the news of why a worker ended. */
const REASON_MS = 50;
/** How long after its process has ended a connection may go on. */
const LAST_WORDS_MS = 100;

export class Host {
  readonly #process: HostProcess;
  readonly #control: Worker;
  readonly #meeting: Meeting | null;
  readonly #events: HostEvents;
  readonly #forked = new Set<Worker>();
  /** How processes ended, by their ids. */
  readonly #ends = new Map<number, string>();
  #role: 'importing' | 'fork server' | 'worker' = 'importing';

  constructor(options: HostOptions, events: HostEvents) {
    this.#meeting = options.meeting;
    this.#events = events;
    this.#process = options.process;
    this.#control = new Worker(this.#process.takeSocket(), this.#controlEvents());
    void this.ended.then((reason) => {
      this.#ends.set(this.#process.pid, reason);
      setTimeout(() => this.#control.destroy(), LAST_WORDS_MS).unref();
    });
  }

  /** Whether the job is imported and workers can be forked from it. */
  get forks(): boolean {
    return this.#role === 'fork server';
  }

  /** Resolves when the process has ended, with a phrase that says how. */
  get ended(): Promise<string> {
    return this.#process.ended;
  }

  /** Orders a worker; `onConnected` gets it as soon as it has connected. */
  fork(order: WorkerOrder, onConnected: (worker: Worker) => void): void {
    const meeting = this.#meeting;
    if (!meeting) return;
    const key = meeting.nextKey();
    meeting.expect(key, (socket) => {
      const worker: Worker = new Worker(
        socket,
        this.#forkedEvents(() => worker),
      );
      this.#forked.add(worker);
      onConnected(worker);
      return worker;
    });
    this.#control.fork({ ...order, key, socket: meeting.path });
  }

  /** Makes the process itself a worker; from now on it lives and ends as one. */
  becomeWorker(order: WorkerOrder): Worker {
    this.#role = 'worker';
    this.#control.fork(order);
    return this.#control;
  }

  /** Waits a moment for the news of how a worker ended, which comes another way than the end of its connection; then forgets it. */
  async reasonOf(worker: Worker): Promise<string> {
    const until = performance.now() + REASON_MS;
    while (!this.#ends.has(worker.pid) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const reason = this.#ends.get(worker.pid) ?? 'ended';
    this.#ends.delete(worker.pid);
    return reason;
  }

  kill(): void {
    this.#process.kill();
  }

  #controlEvents(): WorkerEvents {
    const asWorker = this.#workerEvents(() => this.#control);
    return {
      ...asWorker,
      onHello: (hello) => this.#events.onHello(hello),
      onPhase: (phase) => {
        asWorker.onPhase(phase);
        if (phase.phase === 'imported' && this.#role === 'importing') this.#onImported(phase.forks === true);
      },
      onFailed: (failure) => {
        if (this.#role === 'worker') asWorker.onFailed(failure);
        else this.#events.onImportFailed(failure);
      },
      onProcessFrame: (frame) => this.#onProcessFrame(frame),
      onLost: () => {
        this.kill();
        if (this.#role === 'worker') asWorker.onLost();
        else this.#events.onLost();
      },
    };
  }

  #forkedEvents(self: () => Worker): WorkerEvents {
    return {
      ...this.#workerEvents(self),
      onLost: () => {
        this.#forked.delete(self());
        this.#events.onWorkerLost(self());
      },
    };
  }

  #workerEvents(self: () => Worker): WorkerEvents {
    const events = this.#events;
    return {
      onHello: () => {},
      onPhase: (phase) => events.onPhase(phase),
      onReady: (description) => events.onReady(self(), description),
      onFailed: (failure) => events.onFailed(self(), failure),
      onLog: (record, exchange) => events.onLog(record, exchange),
      onProcessFrame: () => {},
      onRoom: () => events.onRoom(self()),
      onOverran: () => events.onOverran(self()),
      onLost: () => events.onWorkerLost(self()),
    };
  }

  #onImported(canFork: boolean): void {
    if (canFork && this.#meeting) this.#role = 'fork server';
    this.#events.onImported();
  }

  #onProcessFrame(frame: Frame): void {
    if (frame.type !== FrameType.exited) return;
    const { pid, code, signal } = parse<Exited>(frame.body);
    this.#ends.set(pid, describeEnd(code, signal));
    // A child of the worker may hold its connection open. What the worker said last is still let through.
    for (const worker of this.#forked) {
      if (worker.pid === pid) setTimeout(() => worker.destroy(), LAST_WORDS_MS).unref();
    }
  }
}
