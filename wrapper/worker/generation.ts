/** Owns one generation of workers: all that run the same version of the job's files. Starts, forks, replaces and retires them. */
import { performance } from 'node:perf_hooks';
import { type Frame, FrameType } from '../protocol/frame.ts';
import type { Exited, Hello, JobDescription, LogRecord, Phase, StartFailure } from '../protocol/messages.ts';
import { BackOff } from './back-off.ts';
import type { Exchange } from './call.ts';
import type { Meeting } from './meeting.ts';
import {
  describeEnd,
  type HostProcess,
  killGroup,
  startProcess,
  type WorkerCommand,
  type WorkerOrder,
} from './process.ts';
import { parse, Worker, type WorkerEvents } from './worker.ts';

export interface GenerationOptions {
  readonly command: WorkerCommand;
  readonly order: WorkerOrder;
  /** A process that was started from this command already; it is the first one used. */
  readonly started?: HostProcess | undefined;
  readonly workers: number;
  /** Where forked workers connect; null when this machine offers no place for a socket: every worker is then a process of its own. */
  readonly meeting: Meeting | null;
  /** How long a worker may take to end after `stop`, in milliseconds. */
  readonly graceMs: number;
}

export type RestartReason = 'crash' | 'timeout' | 'max_requests' | 'max_memory';

export interface GenerationEvents {
  /** State, phase, description or failure has changed. */
  onChange(): void;
  onRoom(): void;
  onLog(record: LogRecord, exchange: Exchange | undefined): void;
  onRestart(reason: RestartReason, text: string): void;
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

/** How long to wait for the fork server's word on why a worker ended. */
const REASON_MS = 50;
/** How long after its process has ended a connection may go on. */
const LAST_WORDS_MS = 100;
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
  readonly #events: GenerationEvents;
  readonly #slots: Slot[];
  readonly #waiting: Slot[] = [];
  readonly #exits = new Map<number, string>();
  readonly #killed = new Map<Worker, RestartReason>();
  readonly #leaving = new Set<Worker>();
  #host: { process: HostProcess; control: Worker; forks: boolean } | undefined;
  #ended: Promise<void> | undefined;
  #retired: (() => void) | undefined;
  #stopping = false;
  #started: HostProcess | undefined;

  constructor(options: GenerationOptions, events: GenerationEvents) {
    this.#options = options;
    this.#events = events;
    this.#started = options.started;
    this.#slots = Array.from({ length: options.workers }, () => ({
      backOff: new BackOff(),
      worker: undefined,
      next: undefined,
      launching: false,
      launchedAt: 0,
      timer: undefined,
    }));
  }

  get state(): 'starting' | 'ready' | 'failed' | 'restarting' {
    if (this.#slots.some((slot) => slot.worker?.state === 'ready')) return 'ready';
    if (this.description) return 'restarting';
    return this.failure ? 'failed' : 'starting';
  }

  /** Every worker that can take or still runs calls. */
  get workers(): Worker[] {
    return [...this.#slots.flatMap((slot) => (slot.worker ? [slot.worker] : [])), ...this.#leaving];
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
    for (const slot of this.#slots) {
      clearTimeout(slot.timer);
      if (slot.next) killGroup(slot.next.pid);
      if (slot.worker) this.#leave(slot.worker);
      slot.worker = undefined;
    }
    if (hurried) for (const worker of this.#leaving) if (worker.load > 0) this.#finish(worker);
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
      this.#fork(slot, this.#host.control);
    } else {
      this.#waiting.push(slot);
      if (!this.#host) this.#startHost();
    }
  }

  /** Starts a process that imports the job; it becomes a fork server, or itself a worker. */
  #startHost(): void {
    const host =
      this.#started ?? startProcess(this.#options.command, (record) => this.#events.onLog(record, undefined));
    this.#started = undefined;
    const events = this.#workerEvents(() => control);
    const control: Worker = new Worker(host.socket, {
      ...events,
      onHello: (hello) => {
        this.hello = hello;
        this.#events.onChange();
      },
      onPhase: (phase) => {
        events.onPhase(phase);
        if (phase.phase === 'imported') this.#onImported(phase.forks === true && this.#options.meeting !== null);
      },
      onFailed: (failure) => {
        if (control === this.#host?.control) this.#failWaiting(failure);
        else events.onFailed(failure);
      },
      onLost: () => this.#onHostLost(host, control, events),
    });
    this.#host = { process: host, control, forks: false };
    void host.ended.then((reason) => {
      this.#exits.set(host.pid, reason);
      control.destroy();
    });
  }

  #onImported(forks: boolean): void {
    const host = this.#host;
    if (!host) return;
    const waiting = this.#waiting.splice(0);
    if (forks) {
      host.forks = true;
      for (const slot of waiting) this.#fork(slot, host.control);
      return;
    }
    // This process goes on as the first worker; each other slot gets a process of its own.
    this.#host = undefined;
    const [first, ...others] = waiting;
    if (first) first.next = host.control;
    host.control.fork(this.#options.order);
    for (const slot of others) this.#launch(slot);
  }

  #fork(slot: Slot, control: Worker): void {
    const { meeting } = this.#options;
    if (!meeting) return;
    const key = meeting.nextKey();
    meeting.expect(key, (socket) => {
      const events = this.#workerEvents(() => worker);
      const worker: Worker = new Worker(socket, { ...events, onLost: () => void this.#onWorkerLost(worker) });
      slot.next = worker;
      return worker;
    });
    control.fork({ ...this.#options.order, key, socket: meeting.path });
    slot.timer = setTimeout(() => this.#failUnconnected(slot), CONNECT_MS).unref();
  }

  #workerEvents(self: () => Worker): WorkerEvents {
    return {
      onHello: () => {},
      onPhase: (phase) => {
        this.phase = phase.phase;
        this.#events.onChange();
      },
      onReady: (description) => this.#onReady(self(), description),
      onFailed: (failure) => this.#onFailed(self(), failure),
      onLog: (record, exchange) => this.#events.onLog(record, exchange),
      onProcessFrame: (frame) => this.#onProcessFrame(frame),
      onRoom: () => this.#onRoom(self()),
      onOverran: () => this.kill(self(), 'timeout'),
      onLost: () => {},
    };
  }

  #onReady(worker: Worker, description: JobDescription): void {
    const slot = this.#slots.find((each) => each.next === worker);
    if (!slot || this.#stopping) {
      killGroup(worker.pid);
      return;
    }
    if (slot.worker) this.#leave(slot.worker);
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

  #onHostLost(host: HostProcess, control: Worker, events: WorkerEvents): void {
    host.kill();
    if (this.#host?.control !== control) {
      events.onLost();
      void this.#onWorkerLost(control);
      return;
    }
    const wasForkServer = this.#host.forks;
    this.#host = undefined;
    void host.ended.then((reason) => {
      this.#failWaiting({ error: `the job's process ${reason} while it was importing the job`, type: 'ProcessEnded' });
      this.#endWhenEmpty();
    });
    // Its workers have lost their parent: nobody would tell how they end. They are replaced by those of a new one.
    if (!wasForkServer) return;
    for (const slot of this.#slots) {
      if (slot.worker) killGroup(slot.worker.pid);
      this.#failUnconnected(slot);
    }
  }

  async #onWorkerLost(worker: Worker): Promise<void> {
    killGroup(worker.pid);
    const restartReason = this.#killed.get(worker) ?? 'crash';
    const reason = restartReason === 'timeout' ? OVERRAN : await this.#reasonOf(worker.pid);
    worker.lose(reason);
    this.#exits.delete(worker.pid);
    this.#killed.delete(worker);
    if (this.#leaving.delete(worker)) {
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

  /** Waits a moment for the news of how the process ended, which comes another way than the end of its connection. */
  async #reasonOf(pid: number): Promise<string> {
    const until = performance.now() + REASON_MS;
    while (!this.#exits.has(pid) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 2));
    return this.#exits.get(pid) ?? 'ended';
  }

  #onProcessFrame(frame: Frame): void {
    if (frame.type !== FrameType.exited) return;
    const exited = parse<Exited>(frame.body);
    this.#exits.set(exited.pid, describeEnd(exited.code, exited.signal));
    // A child of the worker may hold its connection open. What the worker said last is still let through.
    const worker = this.workers
      .concat(this.#slots.flatMap((slot) => slot.next ?? []))
      .find((each) => each.pid === exited.pid);
    if (worker) setTimeout(() => worker.destroy(), LAST_WORDS_MS).unref();
  }

  #onRoom(worker: Worker): void {
    if (worker.state === 'draining' && worker.load === 0) this.#finish(worker);
    this.#events.onRoom();
  }

  /** Takes no more calls; ends when its last one has. */
  #leave(worker: Worker): void {
    this.#leaving.add(worker);
    worker.state = 'draining';
    if (worker.load === 0) this.#finish(worker);
  }

  #finish(worker: Worker): void {
    worker.stop();
    setTimeout(() => {
      if (this.#leaving.has(worker)) killGroup(worker.pid);
    }, this.#options.graceMs).unref();
  }

  #endWhenEmpty(): void {
    if (!this.#retired || this.#leaving.size > 0) return;
    this.#host?.process.kill();
    if (!this.#host) this.#retired();
    else void this.#host.process.ended.then(this.#retired);
  }
}
