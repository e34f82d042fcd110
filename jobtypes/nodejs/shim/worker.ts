/** Owns the worker once it is ready: what each frame of the wrapper means, and how the process ends. */
import { type Frame, FrameType, ProtocolError } from '../../../wrapper/protocol/frame.ts';
import { requests } from '../sdk/request-context.ts';
import { Call } from './call.ts';
import { Calls } from './calls.ts';
import type { Connection } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import type { Job, JobFunction } from './job.ts';
import { logError } from './log.ts';
import { collectMetrics } from './metrics.ts';
import type { WebviewServer } from './webview.ts';

/** How long calls may run before what has been answered is sent and news are let in, in milliseconds. */
const TURN_MS = 2;

interface Served {
  readonly job: Job;
  readonly endpoints: readonly Endpoint[];
  readonly webview: WebviewServer | null;
}

export class Worker {
  readonly #connection: Connection;
  readonly #served: Served;
  readonly #calls: Calls;
  /** Calls that are put off while others compute. */
  #waiting: Frame[] = [];
  #spent = 0;
  #pausing = false;

  constructor(connection: Connection, served: Served) {
    this.#connection = connection;
    this.#served = served;
    this.#calls = new Calls(connection);
  }

  run(): void {
    this.#connection.listen((frame) => this.#onFrame(frame));
  }

  /** What nobody has caught fails the call that it comes from; outside of calls it ends the process, as Node does. */
  onUncaught(error: unknown, kind: 'exception' | 'rejection'): void {
    const call = requests.getStore();
    if (call instanceof Call && this.#calls.interrupt(call, error)) return;
    logError(`uncaught ${kind}`, error);
    if (kind === 'exception' || !call) this.#connection.end(1);
  }

  #onFrame(frame: Frame): void {
    switch (frame.type) {
      case FrameType.call:
        if (this.#pausing) this.#waiting.push(frame);
        else this.#start(frame);
        break;
      case FrameType.cancel:
        this.#cancel(frame);
        break;
      case FrameType.window:
        this.#calls.find(frame.id)?.onWindow?.(frame.body.readUInt32LE());
        this.#served.webview?.onFrame(frame, this.#connection);
        break;
      case FrameType.http:
      case FrameType.input:
        this.#served.webview?.onFrame(frame, this.#connection);
        break;
      case FrameType.ping:
        this.#connection.send(FrameType.pong, frame.id);
        break;
      case FrameType.collect:
        void this.#collect(frame.id);
        break;
      case FrameType.stop:
        void this.#stop();
    }
  }

  #start(frame: Frame): void {
    const endpoint = this.#served.endpoints[frame.endpoint];
    if (!endpoint) throw new ProtocolError(`worker protocol: there is no endpoint ${frame.endpoint}`);
    const started = performance.now();
    this.#calls.run(new Call(frame, endpoint));
    this.#spent += performance.now() - started;
    if (this.#spent > TURN_MS) this.#pause();
  }

  #pause(): void {
    this.#spent = 0;
    this.#pausing = true;
    this.#connection.flush();
    setImmediate(() => {
      this.#pausing = false;
      while (this.#waiting.length > 0 && !this.#pausing) this.#start(this.#waiting.shift() as Frame);
    });
  }

  #cancel(frame: Frame): void {
    this.#calls.find(frame.id)?.cancel();
    this.#served.webview?.onFrame(frame, this.#connection);
    const waiting = this.#waiting.length;
    this.#waiting = this.#waiting.filter(({ id }) => id !== frame.id);
    if (this.#waiting.length < waiting) this.#connection.send(FrameType.end, frame.id);
  }

  async #collect(id: number): Promise<void> {
    const { job } = this.#served;
    const metrics = await collectMetrics(job).catch((error: unknown) => {
      logError('metrics() has failed', error);
      return [];
    });
    this.#connection.sendJson(FrameType.metrics, metrics, id);
  }

  /** Runs the job's `shutdown` after the last call, and ends the process. */
  async #stop(): Promise<void> {
    await this.#calls.idle();
    const shutdown = this.#served.job.member('shutdown');
    try {
      if (typeof shutdown === 'function') await (shutdown as JobFunction).call(this.#served.job.self);
    } catch (error) {
      logError('shutdown() has failed', error);
    }
    this.#connection.end(0);
  }
}
