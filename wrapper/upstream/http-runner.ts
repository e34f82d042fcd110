/** Owns a job that is a program of its own: starting it, replacing it when it dies or changes, and what it says about itself. */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobIdentity } from '../config.ts';
import { messageOf, UserError } from '../core/errors.ts';
import type { OpenAPIObject } from '../openapi.ts';
import type { JobDescription, LogRecord, StartFailure } from '../protocol/messages.ts';
import type { Places, Runner, RunnerEvents, RunnerState } from '../runner.ts';
import { BackOff } from '../worker/back-off.ts';
import { Addresses } from './addresses.ts';
import { Attendance, awaitAnswer } from './attendance.ts';
import type { HttpPlan, Preparation, StartProgram } from './plan.ts';
import { fetchProgramDocument, type ProgramDocument } from './program-document.ts';
import type { ProxyCall } from './proxy-call.ts';
import type { rewriting } from './rewriting.ts';
import { Upstream } from './upstream.ts';

/** How the program looks from outside. */
export interface ProgramFace {
  readonly addresses: Addresses;
  /** Its own OpenAPI document, if it has one. */
  readonly document: ProgramDocument | undefined;
  /** Changes links in pages; undefined when they stay as they are. */
  readonly rewrite: typeof rewriting | undefined;
}

export interface HttpRunnerOptions {
  readonly plan: HttpPlan;
  readonly job: JobIdentity;
  /** How long the program may take to end, in milliseconds. */
  readonly graceMs: number;
}

/** What a failed start shows of what the program has printed. */
const LAST_LINES = 10;

/** One started program that has answered. */
interface Ready {
  readonly upstream: Upstream;
  readonly face: ProgramFace;
  readonly probePath: string;
}

export class HttpRunner implements Runner, Places<ProxyCall> {
  description: JobDescription | undefined;
  failure: StartFailure | undefined;
  face: ProgramFace | undefined;
  readonly #options: HttpRunnerOptions;
  readonly #events: RunnerEvents;
  readonly #unwanted = new AbortController();
  /** Every program that has been started and has not ended. */
  readonly #running = new Set<Upstream>();
  readonly #backOff = new BackOff();
  #serving: Upstream | undefined;
  #attendance: Attendance | undefined;
  /** Counts reloads: a later one takes over from an earlier. */
  #version = 0;
  /** Starts that are under way. */
  readonly #coming = new Set<Promise<unknown>>();

  constructor(options: HttpRunnerOptions, events: RunnerEvents) {
    this.#options = options;
    this.#events = events;
  }

  get state(): RunnerState {
    if (this.#serving && !this.#attendance?.silent) return 'ready';
    if (this.description) return 'restarting';
    return this.failure ? 'failed' : 'starting';
  }

  get languageVersion(): string {
    return this.#options.plan.label;
  }

  get workers(): Upstream[] {
    return [...this.#running];
  }

  /** A silent program still gets calls: it may be busy, and each call has a deadline of its own. */
  pick(): Upstream | undefined {
    return this.#serving;
  }

  async start(): Promise<void> {
    void this.#begin();
  }

  async reload(): Promise<void> {
    const version = ++this.#version;
    const start = await this.#prepare();
    const ready = await this.#bringUp(start);
    if (version !== this.#version || this.#unwanted.signal.aborted) {
      void this.#end(ready.upstream);
      return;
    }
    const old = this.#serving;
    void this.#keep(ready, start);
    if (old) void old.retire(this.#options.graceMs).then(() => this.#running.delete(old));
  }

  async stop(): Promise<void> {
    this.#unwanted.abort();
    this.#attendance?.end();
    this.#serving = undefined;
    await Promise.allSettled(this.#coming);
    await Promise.all([...this.#running].map((upstream) => this.#end(upstream)));
  }

  /** A program's figures are its own affair: they are at its own address. */
  async collect(): Promise<readonly never[]> {
    return [];
  }

  async openApi(job: JobIdentity): Promise<OpenAPIObject> {
    const { buildProgramOpenApi } = await import('../openapi-program.ts');
    return buildProgramOpenApi(this.face, job);
  }

  /** A first start that fails is final: the same program would fail again. */
  async #begin(): Promise<void> {
    try {
      const start = await this.#prepare();
      await this.#keep(await this.#bringUp(start), start);
    } catch (error) {
      if (this.#unwanted.signal.aborted) return;
      this.#fail(error);
    }
  }

  #prepare(): Promise<StartProgram> {
    return this.#options.plan.prepare(this.#preparation(this.#onOutput));
  }

  #preparation(onOutput: Preparation['onOutput']): Preparation {
    return { job: this.#options.job, onOutput, signal: this.#unwanted.signal };
  }

  readonly #onOutput = (record: LogRecord): void => this.#events.onLog(record);

  #fail(error: unknown): void {
    const hint = error instanceof UserError ? error.hint : undefined;
    this.failure = { error: messageOf(error), type: 'StartFailed', ...(hint ? { hint } : {}) };
    this.#events.onChange();
  }

  /** Starts the program and waits until it answers. Rejects with what the author has to know; nothing is left running then. */
  #bringUp(start: StartProgram): Promise<Ready> {
    const coming = this.#startAndWait(start).finally(() => this.#coming.delete(coming));
    this.#coming.add(coming);
    return coming;
  }

  async #startAndWait(start: StartProgram): Promise<Ready> {
    const { plan } = this.#options;
    const lines: string[] = [];
    const onOutput = (record: LogRecord) => {
      lines.push(record.message);
      if (lines.length > LAST_LINES) lines.shift();
      this.#onOutput(record);
    };
    let upstream: Upstream | undefined;
    try {
      const program = await start(this.#preparation(onOutput));
      upstream = new Upstream(program);
      this.#running.add(upstream);
      const probePath = await awaitAnswer(program, {
        probePath: plan.probePath,
        limitMs: plan.startMs,
        signal: this.#unwanted.signal,
      });
      const document = await fetchProgramDocument(upstream, (message) => this.#onOutput({ level: 'WARNING', message }));
      return {
        upstream,
        probePath,
        face: {
          document,
          addresses: new Addresses(plan.routing, documentedPaths(document)),
          rewrite: plan.routing.mode === 'rewrite' ? (await import('./rewriting.ts')).rewriting : undefined,
        },
      };
    } catch (error) {
      if (upstream) await this.#end(upstream);
      const said = lines.length > 0 ? `; its last lines: ${lines.join(' | ')}` : '';
      throw new UserError(`${messageOf(error)}${said}`, { cause: error });
    }
  }

  /** Lets a program serve; when it ends, another one takes its place. Resolves when it is no longer wanted. */
  async #keep({ upstream, face, probePath }: Ready, start: StartProgram): Promise<void> {
    this.#serving = upstream;
    this.face = face;
    this.failure = undefined;
    this.description = describe(this.#options.plan);
    this.#attendance?.end();
    this.#attendance = new Attendance(upstream, probePath, () => this.#onAttendance(upstream));
    this.#events.onChange();
    this.#events.onRoom();
    const since = performance.now();
    const reason = await upstream.program.ended;
    this.#running.delete(upstream);
    upstream.lose(reason);
    if (this.#serving !== upstream) return;
    this.#serving = undefined;
    this.#attendance.end();
    this.#events.onRestart('crash', `the program ${reason}; it is started anew`);
    this.#events.onChange();
    await this.#restart(start, performance.now() - since);
  }

  async #restart(start: StartProgram, livedMs: number): Promise<void> {
    const { signal } = this.#unwanted;
    const version = this.#version;
    for (let lived = livedMs; ; lived = 0) {
      await delay(this.#backOff.next(lived), undefined, { signal }).catch(() => {});
      if (signal.aborted || version !== this.#version) return;
      try {
        const ready = await this.#bringUp(start);
        if (signal.aborted || version !== this.#version) return await this.#end(ready.upstream);
        return await this.#keep(ready, start);
      } catch (error) {
        if (!signal.aborted) this.#fail(error);
      }
    }
  }

  #onAttendance(upstream: Upstream): void {
    if (upstream !== this.#serving) return;
    const silent = this.#attendance?.silent === true;
    this.#onOutput({ level: 'WARNING', message: `the program ${silent ? 'does not answer' : 'answers again'}` });
    this.#events.onChange();
  }

  async #end(upstream: Upstream): Promise<void> {
    await upstream.stop(this.#options.graceMs);
    this.#running.delete(upstream);
  }
}

/** A program describes itself in other ways, or not at all. */
function describe({ label }: HttpPlan): JobDescription {
  return {
    language: 'http',
    languageVersion: label,
    entrypoint: label,
    doc: null,
    endpoints: [],
    schemas: {},
    staticFiles: [],
    webview: null,
    metrics: false,
  };
}

const documentedPaths = (document: ProgramDocument | undefined): string[] => Object.keys(document?.paths ?? {});
