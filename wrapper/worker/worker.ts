/** Owns one worker: its state, the exchanges that run in it, and what it says about itself. */
import type { Socket } from 'node:net';
import { type Frame, FrameType, ProtocolError } from '../protocol/frame.ts';
import type { Hello, JobDescription, LogRecord, Phase, StartFailure } from '../protocol/messages.ts';
import type { Call, Exchange, Messenger } from './call.ts';
import { Link } from './link.ts';
import type { WorkerOrder } from './process.ts';

export type WorkerState = 'starting' | 'ready' | 'draining' | 'dead';

export interface WorkerEvents {
  onHello(hello: Hello): void;
  onPhase(phase: Phase): void;
  onReady(description: JobDescription): void;
  onFailed(failure: StartFailure): void;
  onLog(record: LogRecord, exchange: Exchange | undefined): void;
  /** A frame about forked processes (`forked`, `exited`). */
  onProcessFrame(frame: Frame): void;
  /** A call has left the worker: there is room for another. */
  onRoom(): void;
  onOverran(): void;
  /** The connection is gone. Running exchanges are told by {@link Worker.lose}, once the reason is known. */
  onLost(): void;
}

const LAST_FRAMES = new Set<number>([
  FrameType.result,
  FrameType.error,
  FrameType.end,
  FrameType.metrics,
  FrameType.pong,
]);

/** A connection to a process that hosts the job. */
export class Worker implements Messenger {
  state: WorkerState = 'starting';
  /** Process id; 0 until `hello`. */
  pid = 0;
  hello: Hello | undefined;
  /** Calls taken so far. */
  served = 0;
  readonly #link: Link;
  readonly #events: WorkerEvents;
  readonly #running = new Map<number, Exchange>();
  #nextId = 1;

  constructor(socket: Socket, events: WorkerEvents) {
    this.#events = events;
    this.#link = new Link(socket, {
      onFrame: (frame) => this.#onFrame(frame),
      onClose: () => {
        this.state = 'dead';
        events.onLost();
      },
    });
  }

  /** How many exchanges run here. */
  get load(): number {
    return this.#running.size;
  }

  call(call: Call): void {
    const id = this.#begin(call);
    this.served += 1;
    this.#link.send(FrameType.call, id, call);
    call.onSent(this, id);
  }

  /** Starts any other exchange, such as `http` or `collect`. */
  exchange(type: FrameType, exchange: Exchange, meta?: object, body?: Buffer, flags = 0): number {
    const id = this.#begin(exchange);
    this.#link.send(type, id, { meta: meta ? JSON.stringify(meta) : '', body: body ? [body] : [], flags });
    return id;
  }

  /** Asks the process for a worker: a forked one that connects to `socket` with `key`, or, without these, itself. */
  fork(order: WorkerOrder & { key?: string; socket?: string }): void {
    this.#link.send(FrameType.fork, 0, { meta: JSON.stringify(order) });
  }

  /** Asks the process to run the job's `shutdown` and to end. */
  stop(): void {
    this.state = 'draining';
    this.#link.send(FrameType.stop, 0);
  }

  cancel(id: number, meta?: object): void {
    if (this.#running.has(id)) this.#link.send(FrameType.cancel, id, { meta: meta ? JSON.stringify(meta) : '' });
  }

  input(id: number, piece: Buffer, flags: number): void {
    this.#link.send(FrameType.input, id, { body: [piece], flags });
  }

  window(id: number, bytes: number): void {
    const size = Buffer.allocUnsafe(4);
    size.writeUInt32LE(bytes);
    this.#link.send(FrameType.window, id, { body: [size] });
  }

  overran(id: number): void {
    if (this.#running.has(id)) this.#events.onOverran();
  }

  /** Lets every running exchange look at its deadline and its caller. */
  check(now: number): void {
    for (const exchange of this.#running.values()) exchange.check(now);
  }

  /** Fails what was running when the connection went away. */
  lose(reason: string): void {
    const lost = [...this.#running.values()];
    this.#running.clear();
    for (const exchange of lost) exchange.onWorkerLost(reason);
  }

  destroy(): void {
    this.#link.destroy();
  }

  #begin(exchange: Exchange): number {
    let id = this.#nextId;
    while (this.#running.has(id)) id = id === 0xffff_ffff ? 1 : id + 1;
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1;
    this.#running.set(id, exchange);
    return id;
  }

  #onFrame(frame: Frame): void {
    const exchange = frame.id === 0 ? undefined : this.#running.get(frame.id);
    if (frame.type === FrameType.log) {
      this.#events.onLog(parse<LogRecord>(frame.body), exchange);
    } else if (exchange) {
      const last = LAST_FRAMES.has(frame.type);
      if (last) this.#running.delete(frame.id);
      exchange.onFrame(frame);
      if (last) this.#events.onRoom();
    } else if (frame.id === 0) {
      this.#onOwnFrame(frame);
    }
  }

  #onOwnFrame(frame: Frame): void {
    switch (frame.type) {
      case FrameType.hello:
        this.hello = parse<Hello>(frame.body);
        this.pid = this.hello.pid;
        this.#events.onHello(this.hello);
        break;
      case FrameType.phase:
        this.#events.onPhase(parse<Phase>(frame.body));
        break;
      case FrameType.ready:
        this.state = 'ready';
        this.#events.onReady(parse<JobDescription>(frame.body));
        break;
      case FrameType.failed:
        this.#events.onFailed(parse<StartFailure>(frame.body));
        break;
      default:
        this.#events.onProcessFrame(frame);
    }
  }
}

/** Reads the JSON of a frame; what is none breaks the protocol. */
export function parse<T>(bytes: Buffer): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch {
    throw new ProtocolError('worker protocol: a frame holds malformed JSON');
  }
}
