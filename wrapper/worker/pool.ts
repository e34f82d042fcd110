/** Owns the workers of a job over its whole life: the serving generation, its successor on reload, and recycling. */
import { readFileSync } from 'node:fs';
import type { JobIdentity } from '../config.ts';
import type { OpenAPIObject } from '../openapi.ts';
import type { CustomMetric, JobDescription, StartFailure } from '../protocol/messages.ts';
import type { Runner, RunnerEvents, RunnerState } from '../runner.ts';
import type { Exchange } from './call.ts';
import { collectMetrics } from './collect.ts';
import { Generation } from './generation.ts';
import { type Meeting, openMeeting } from './meeting.ts';
import type { HostProcess, WorkerOrder } from './process.ts';
import type { PrepareCommand } from './program.ts';
import type { Worker } from './worker.ts';

export interface PoolOptions {
  /** Asked once for each version of the job's files. */
  readonly prepare: PrepareCommand;
  readonly order: WorkerOrder;
  /** The job's process, if it runs already. */
  readonly started?: HostProcess | undefined;
  readonly workers: number;
  /** Calls after which a worker is replaced; 0 for never. */
  readonly maxRequests: number;
  /** Resident memory in bytes over which a worker is replaced; 0 for never. */
  readonly maxMemory: number;
  /** How long a worker may take to end after `stop`, in milliseconds. */
  readonly graceMs: number;
}

const MEMORY_CHECK_MS = 1000;
const PAGE_BYTES = 4096;

export class WorkerPool implements Runner {
  readonly #options: PoolOptions;
  readonly #events: RunnerEvents<Exchange>;
  #meeting: Meeting | null = null;
  #serving: Generation | undefined;
  #successor: Generation | undefined;
  /** Replaced ones whose last calls still run. */
  readonly #retiring = new Set<Generation>();
  #memoryTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: PoolOptions, events: RunnerEvents<Exchange>) {
    this.#options = options;
    this.#events = events;
  }

  async start(): Promise<void> {
    this.#meeting = await openMeeting();
    this.#serving = this.#createGeneration({ started: this.#options.started });
    this.#serving.start();
    if (this.#options.maxMemory > 0) {
      this.#memoryTimer = setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS).unref();
    }
  }

  get state(): RunnerState {
    return this.#serving?.state ?? 'starting';
  }

  get description(): JobDescription | undefined {
    return this.#serving?.description;
  }

  get failure(): StartFailure | undefined {
    return this.#serving?.failure;
  }

  get languageVersion(): string | undefined {
    return this.#serving?.hello && `${this.#serving.hello.language} ${this.#serving.hello.version}`;
  }

  /** Those of replaced generations included. */
  get workers(): Worker[] {
    const replaced = [...this.#retiring].flatMap((generation) => generation.workers);
    return [...(this.#serving?.workers ?? []), ...replaced];
  }

  /** A worker for the next call; undefined while none is ready. */
  pick(): Worker | undefined {
    const worker = this.#serving?.pick();
    const { maxRequests } = this.#options;
    if (worker && maxRequests > 0 && worker.served >= maxRequests) this.#serving?.recycle(worker, 'max_requests');
    return worker;
  }

  reload(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#successor) this.#retire(this.#successor);
    return new Promise((resolve, reject) => {
      const onChange = () => {
        if (this.#successor !== next) {
          resolve(); // a later change has taken over
        } else if (next.state === 'ready') {
          const old = this.#serving;
          this.#serving = next;
          this.#successor = undefined;
          if (old) this.#retire(old);
          this.#events.onChange();
          this.#events.onRoom();
          resolve();
        } else if (next.state === 'failed') {
          this.#successor = undefined;
          this.#retire(next);
          reject(new Error(next.failure?.error));
        }
      };
      const next = this.#createGeneration({ onChange });
      this.#successor = next;
      next.start();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#memoryTimer);
    const generations = [this.#serving, this.#successor, ...this.#retiring];
    await Promise.all(generations.map((generation) => generation?.retire({ hurried: true })));
    this.#meeting?.close();
  }

  async collect(): Promise<readonly CustomMetric[]> {
    const worker = this.description?.metrics ? this.pick() : undefined;
    return worker ? collectMetrics(worker) : [];
  }

  async openApi(job: JobIdentity): Promise<OpenAPIObject> {
    const { buildOpenApi } = await import('../openapi.ts');
    return buildOpenApi(this.description ?? null, job);
  }

  #retire(generation: Generation): void {
    this.#retiring.add(generation);
    void generation.retire().then(() => this.#retiring.delete(generation));
  }

  #createGeneration({ started, onChange }: { started?: HostProcess | undefined; onChange?: () => void }): Generation {
    const generation: Generation = new Generation(
      {
        prepare: this.#options.prepare,
        order: this.#options.order,
        started,
        workers: this.#options.workers,
        meeting: this.#meeting,
        graceMs: this.#options.graceMs,
      },
      {
        ...this.#events,
        onChange: () => {
          if (generation === this.#serving) this.#events.onChange();
          else onChange?.();
        },
      },
    );
    return generation;
  }

  #checkMemory(): void {
    for (const worker of this.workers) {
      if (residentBytes(worker.pid) > this.#options.maxMemory) this.#serving?.recycle(worker, 'max_memory');
    }
  }
}

/** Resident memory of a process in bytes; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
