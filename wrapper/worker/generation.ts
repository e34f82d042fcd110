/** Owns one generation of workers, all that run the same version of the job's files: filling their slots, replacing and retiring them. */
import { performance } from 'node:perf_hooks';
import type { Hello, JobDescription, Phase, StartFailure } from '../protocol/messages.ts';
import type { RestartReason, RunnerEvents, RunnerState } from '../runner.ts';
import { BackOff } from './back-off.ts';
import type { Exchange } from './call.ts';
import { Host } from './host.ts';
import { Leavers } from './leavers.ts';
import type { Meeting } from './meeting.ts';
import { type HostProcess, killGroup, type WorkerOrder } from './process.ts';
import { type PrepareCommand, Program } from './program.ts';
import type { Worker } from './worker.ts';

export interface GenerationOptions {
  readonly prepare: PrepareCommand;
  readonly order: WorkerOrder;
  /** The job's process, if it runs already; it is the first one used. */
  readonly started?: HostProcess | undefined;
  readonly workers: number;
  /** Where forked workers connect; null when this machine offers no place for a socket: every worker is then a process of its own. */
  readonly meeting: Meeting | null;
  /** How long a worker may take to end after `stop`, in milliseconds. */
  readonly graceMs: number;
}

/** The place of one worker; its `next` is being started to replace `worker`. */
interface Slot {
  readonly backOff: BackOff;
  worker: Worker | undefined;
  next: Worker | undefined;
  launching: boolean;
  launchedAt: number;
  timer: NodeJS.Timeout | undefined;
}

const OVERRAN = 'was killed because a call went on after its deadline';
/** How long a forked process may take to connect. */
const CONNECT_MS = 10_000;

export class Generation {
  description: JobDescription | undefined;
  failure: StartFailure | undefined;
  phase: Phase['phase'] | 'starting' = 'starting';
  /** Language and version of the process, once it has said hello. */
  hello: Hello | undefined;
  readonly #options: GenerationOptions;
  readonly #events: RunnerEvents<Exchange>;
  readonly #slots: Slot[];
  /** Slots whose worker comes once the host has imported the job. */
  readonly #waiting: Slot[] = [];
  readonly #killed = new Map<Worker, RestartReason>();
  readonly #leavers: Leavers;
  /** The process that imports the job or forks workers; one that has become a worker is in a slot instead. */
  #host: Host | undefined;
  #ended: Promise<void> | undefined;
  #retired: (() => void) | undefined;
  #stopping = false;
  readonly #program: Program;

  constructor(options: GenerationOptions, events: RunnerEvents<Exchange>) {
    this.#options = options;
    this.#events = events;
    this.#program = new Program(options.prepare, options.started, {
      onOutput: (record) => events.onLog(record, undefined),
      onStarted: (process) => this.#welcome(process),
      onFailed: (failure) => this.#failWaiting(failure),
    });
    this.#leavers = new Leavers(options.graceMs);
    this.#slots = Array.from({ length: options.workers }, () => ({
      backOff: new BackOff(),
      worker: undefined,
      next: undefined,
      launching: false,
      launchedAt: 0,
      timer: undefined,
    }));
  }

  get state(): RunnerState {
    if (this.#slots.some((slot) => slot.worker?.state === 'ready')) return 'ready';
    if (this.description) return 'restarting';
    return this.failure ? 'failed' : 'starting';
  }

  /** Every worker that can take or still runs calls. */
  get workers(): Worker[] {
    return [...this.#slots.flatMap((slot) => (slot.worker ? [slot.worker] : [])), ...this.#leavers.workers];
  }

  start(): void {
    for (const slot of this.#slots) this.#launch(slot);
  }

  /** The ready worker that runs the fewest calls. */
  pick(): Worker | undefined {
    let best: Worker | undefined;
    for (const { worker } of this.#slots) {
      if (worker?.state === 'ready' && (best === undefined || worker.load < best.load)) best = worker;
    }
    return best;
  }

  /** Kills a worker that no longer reacts; its calls fail and its slot is filled anew. */
  kill(worker: Worker, reason: RestartReason): void {
    this.#killed.set(worker, reason);
    killGroup(worker.pid);
  }

  /** Replaces a worker without losing a call: the new one is ready before the old one takes its last. */
  recycle(worker: Worker, reason: RestartReason): void {
    const slot = this.#slots.find((each) => each.worker === worker);
    if (!slot || slot.next || slot.launching || this.#stopping) return;
    this.#events.onRestart(reason, `worker ${worker.pid} is replaced: ${reason}`);
    this.#launch(slot);
  }

  /**
   * Runs the job's shutdown in every worker and ends all processes: after their running calls, however long these take, or,
   * when `hurried`, at once.
   */
  retire({ hurried = false } = {}): Promise<void> {
    this.#stopping = true;
    this.#program.drop();
    for (const slot of this.#slots) {
      clearTimeout(slot.timer);
      if (slot.next) killGroup(slot.next.pid);
      if (slot.worker) this.#leavers.add(slot.worker);
      slot.worker = undefined;
    }
    if (hurried) this.#leavers.hurry();
    this.#ended ??= new Promise((resolve) => {
      this.#retired = resolve;
    });
    this.#endWhenEmpty();
    return this.#ended;
  }

  #launch(slot: Slot): void {
    if (this.#stopping) return;
    slot.launching = true;
    slot.launchedAt = performance.now();
    if (this.#host?.forks) {
      this.#fork(slot, this.#host);
    } else {
      this.#waiting.push(slot);
      if (!this.#host) this.#program.start();
    }
  }

  #welcome(process: HostProcess): void {
    const host: Host = new Host(
      { process, meeting: this.#options.meeting },
      {
        onHello: (hello) => {
          this.hello = hello;
          this.#events.onChange();
        },
        onImported: () => this.#onImported(host),
        onImportFailed: (failure) => this.#failWaiting(failure),
        onLost: () => this.#onHostLost(host),
        onPhase: ({ phase }) => {
          this.phase = phase;
          this.#events.onChange();
        },
        onReady: (worker, description) => this.#onReady(worker, description),
        onFailed: (worker, failure) => this.#onFailed(worker, failure),
        onLog: (record, exchange) => this.#events.onLog(record, exchange),
        onRoom: (worker) => this.#onRoom(worker),
        onOverran: (worker) => this.kill(worker, 'timeout'),
        onWorkerLost: (worker) => void this.#onWorkerLost(worker, host),
      },
    );
    this.#host = host;
  }

  #onImported(host: Host): void {
    const waiting = this.#waiting.splice(0);
    if (host.forks) {
      for (const slot of waiting) this.#fork(slot, host);
      return;
    }
    // This process goes on as the first worker; each other slot gets a process of its own.
    this.#host = undefined;
    const [first, ...others] = waiting;
    const worker = host.becomeWorker(this.#options.order);
    if (first) first.next = worker;
    for (const slot of others) this.#launch(slot);
  }

  #fork(slot: Slot, host: Host): void {
    host.fork(this.#options.order, (worker) => {
      slot.next = worker;
    });
    slot.timer = setTimeout(() => this.#failUnconnected(slot), CONNECT_MS).unref();
  }

  #onReady(worker: Worker, description: JobDescription): void {
    const slot = this.#slots.find((each) => each.next === worker);
    if (!slot || this.#stopping) {
      killGroup(worker.pid);
      return;
    }
    if (slot.worker) this.#leavers.add(slot.worker);
    slot.worker = worker;
    slot.next = undefined;
    slot.launching = false;
    this.description ??= description;
    this.failure = undefined;
    this.#events.onChange();
    this.#events.onRoom();
  }

  #onFailed(worker: Worker, failure: StartFailure): void {
    const slot = this.#slots.find((each) => each.next === worker);
    if (!slot) return;
    slot.next = undefined;
    this.#fail(slot, failure);
  }

  #failWaiting(failure: StartFailure): void {
    for (const slot of this.#waiting.splice(0)) this.#fail(slot, failure);
  }

  #failUnconnected(slot: Slot): void {
    if (!slot.launching || slot.next) return;
    this.#fail(slot, { error: 'a forked worker ended before it connected to the wrapper', type: 'ProcessEnded' });
  }

  /** A first start that fails is final: the same code would fail again. A job that has run before is tried again, later and later. */
  #fail(slot: Slot, failure: StartFailure): void {
    slot.launching = false;
    this.failure = failure;
    if (this.description) this.#relaunch(slot);
    this.#events.onChange();
  }

  #relaunch(slot: Slot): void {
    if (this.#stopping || slot.launching) return;
    const delay = slot.backOff.next(performance.now() - slot.launchedAt);
    if (delay === 0) this.#launch(slot);
    else slot.timer = setTimeout(() => this.#launch(slot), delay);
  }

  #onHostLost(host: Host): void {
    this.#host = undefined;
    void host.ended.then((reason) => {
      this.#failWaiting({ error: `the job's process ${reason} while it was importing the job`, type: 'ProcessEnded' });
      this.#endWhenEmpty();
    });
    // Its workers have lost their parent: nobody would tell how they end. They are replaced by those of a new one.
    if (!host.forks) return;
    for (const slot of this.#slots) {
      if (slot.worker) killGroup(slot.worker.pid);
      this.#failUnconnected(slot);
    }
  }

  async #onWorkerLost(worker: Worker, host: Host): Promise<void> {
    killGroup(worker.pid);
    const restartReason = this.#killed.get(worker) ?? 'crash';
    const ended = host.reasonOf(worker); // asked in any case, so that the news is not kept
    const reason = restartReason === 'timeout' ? OVERRAN : await ended;
    worker.lose(reason);
    this.#killed.delete(worker);
    if (this.#leavers.delete(worker)) {
      this.#endWhenEmpty();
      return;
    }
    const slot = this.#slots.find((each) => each.worker === worker || each.next === worker);
    if (!slot) return;
    if (slot.next === worker) {
      slot.next = undefined;
      this.#fail(slot, { error: `the job's process ${reason} while it was starting`, type: 'ProcessEnded' });
      return;
    }
    slot.worker = undefined;
    this.#events.onRestart(restartReason, `worker ${worker.pid} ${reason}; a new one takes its place`);
    if (!slot.next) this.#relaunch(slot);
    this.#events.onChange();
  }

  #onRoom(worker: Worker): void {
    this.#leavers.finishWhenIdle(worker);
    this.#events.onRoom();
  }

  #endWhenEmpty(): void {
    if (!this.#retired || this.#leavers.workers.length > 0) return;
    this.#host?.kill();
    if (!this.#host) this.#retired();
    else void this.#host.ended.then(this.#retired);
  }
}
