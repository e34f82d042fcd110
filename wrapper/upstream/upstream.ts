/** Owns one running program as a place for calls: its connections, the calls that run in it, and what is known about its health. */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../runner.ts';
import type { RunningProgram } from './plan.ts';
import type { ProxyCall } from './proxy-call.ts';

/** Shorter than servers keep an idle connection: one that is about to be closed must not be given to a call. */
const IDLE_MS = 1_000;
/** How long to wait for the news of the program's end. */
const NEWS_MS = 50;

export class Upstream implements RunningProcess {
  readonly program: RunningProgram;
  readonly agent: Agent;
  /** `host:port` */
  readonly authority: string;
  /** Calls that the program has answered. */
  answered = 0;
  readonly #calls = new Set<ProxyCall>();
  #onIdle: (() => void) | undefined;

  constructor(program: RunningProgram) {
    this.program = program;
    this.authority = `${program.host.includes(':') ? `[${program.host}]` : program.host}:${program.port}`;
    this.agent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: IDLE_MS, maxFreeSockets: 256 });
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
    this.agent.destroy();
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
    this.agent.destroy();
    await this.program.stop(graceMs);
  }
}
