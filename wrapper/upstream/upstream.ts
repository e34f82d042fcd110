/** Owns one running program as a place for calls: its connections, the calls that run in it, and what is known about its health. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../runner.ts';
import { Connections } from './connections.ts';
import type { RunningProgram } from './plan.ts';
import type { ProxyCall } from './proxy-call.ts';

/** How long to wait for the news of the program's end. */
const NEWS_MS = 50;

export class Upstream implements RunningProcess {
  readonly program: RunningProgram;
  readonly connections: Connections;
  /** `host:port` */
  readonly authority: string;
  /** Calls that the program has answered. */
  answered = 0;
  readonly #calls = new Set<ProxyCall>();
  #onIdle: (() => void) | undefined;

  constructor(program: RunningProgram) {
    this.program = program;
    this.authority = `${program.host.includes(':') ? `[${program.host}]` : program.host}:${program.port}`;
    this.connections = new Connections(program);
  }

  get pid(): number {
    return this.program.pid;
  }

  get load(): number {
    return this.#calls.size;
  }

  call(call: ProxyCall): void {
    this.#calls.add(call);
    call.begin(this);
  }

  /** The call's connection is free or closed. */
  left(call: ProxyCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onIdle?.();
  }

  check(now: number): void {
    for (const call of this.#calls) call.check(now);
  }

  /** The program has ended, and why: its calls are answered so. */
  lose(reason: string): void {
    for (const call of [...this.#calls]) call.lose(reason);
    this.connections.close();
  }

  /** Whether the program has ended, and how, as far as that becomes known in a moment: the news comes another way than a lost connection. */
  async endedNow(): Promise<string | undefined> {
    return Promise.race([this.program.ended, delay(NEWS_MS, undefined)]);
  }

  /** Ends the program after its last call. */
  async retire(graceMs: number): Promise<void> {
    if (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.stop(graceMs);
  }

  async stop(graceMs: number): Promise<void> {
    this.connections.close();
    await this.program.stop(graceMs);
  }
}
