/** Owns the thread of one plugin as seen from the host: started when needed, ended when a call takes too long, and started anew. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import { packageRoot } from '../wrapper/core/package-root.ts';
import { PLUGIN_LIMITS } from './limits.ts';
import type { Answer, Ask, ThreadData } from './thread-messages.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: UserError) => void;
  readonly hook: Ask['hook'];
  readonly timer: NodeJS.Timeout;
}

export interface ThreadEvents {
  /** What the plugin prints. */
  onOutput(text: string): void;
  /** It failed by itself, outside of any call. */
  onProblem(error: UserError): void;
}

/** A plugin in a thread can throw later, exit, loop without end or run out of memory: its calls fail, and nothing else. */
export class PluginThread {
  readonly #data: ThreadData;
  readonly #events: ThreadEvents;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(data: ThreadData, events: ThreadEvents) {
    this.#data = data;
    this.#events = events;
  }

  /** Rejects with a UserError that names the plugin and the hook. */
  ask(ask: Ask, timeoutMs: number): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(`did not finish ${ask.hook} within ${timeoutMs / 1000} s`), timeoutMs);
      this.#waiting.set(id, { resolve, reject, hook: ask.hook, timer });
      try {
        this.#start().postMessage({ id, ...ask });
      } catch (error) {
        this.#settle({ id, failure: messageOf(error) });
      }
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#end('is being stopped');
    await worker?.terminate();
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(join(packageRoot(), 'dist/plugin-thread.js'), {
      workerData: this.#data,
      resourceLimits: { maxOldGenerationSizeMb: PLUGIN_LIMITS.loadMegabytes },
      stdout: true,
      stderr: true,
    });
    worker.unref();
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#events.onOutput(text));
    }
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => this.#lost(worker, `has failed: ${messageOf(error)}`));
    worker.on('exit', () => this.#lost(worker, 'has ended its own thread'));
    this.#worker = worker;
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('result' in answer) waiting.resolve(answer.result);
    else waiting.reject(this.#problem(`failed in ${waiting.hook}: ${answer.failure}`));
  }

  #lost(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    if (this.#waiting.size === 0) this.#events.onProblem(this.#problem(reason));
    this.#end(reason);
  }

  /** All that is under way fails; the next call starts a new thread. */
  #end(reason: string): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#problem(reason));
    }
    this.#waiting.clear();
  }

  #problem(reason: string): UserError {
    const { name, version } = this.#data.context;
    return new UserError(`the plugin ${name} ${version} ${reason}`, {
      hint: 'tell its authors, or uninstall it: racetrack plugin uninstall',
    });
  }
}
