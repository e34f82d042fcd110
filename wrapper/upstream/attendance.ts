/** Owns whether a program answers: waiting for its first answer, and asking again and again while it serves. */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import type { RunningProgram } from './plan.ts';
import type { Upstream } from './upstream.ts';

export interface FirstAnswer {
  /** The path to ask for; undefined: the first of the usual ones that is there, else any answer will do. */
  readonly probePath: string | undefined;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Asked for in this order; a 404 or 405 says that there is no such path. */
const USUAL_PATHS = ['/ready', '/live', '/health'];
const ROOT = '/';
/** How long one question may take. */
const ASK_MS = 5_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const WATCH_MS = 5_000;
/** So many questions in a row without an answer make a silent program. */
const SILENT_AFTER = 2;

/** Waits until the program answers well, and resolves with the path that was asked. Rejects when it ends or the time is over. */
export async function awaitAnswer(program: RunningProgram, wanted: FirstAnswer): Promise<string> {
  let ended: string | undefined;
  void program.ended.then((reason) => {
    ended = reason;
  });
  const until = performance.now() + wanted.limitMs;
  let last = 'nothing has listened at its address';
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    wanted.signal.throwIfAborted();
    if (ended !== undefined) throw new Error(`the program ${ended} before it was ready`);
    const found = await findAnswer(program, wanted.probePath);
    if (found.ready) return found.path;
    last = found.status === 0 ? last : `GET ${found.path} was answered with status ${found.status}`;
    if (performance.now() > until)
      throw new Error(`the program was not ready after ${wanted.limitMs / 1000} s: ${last}`);
    await Promise.race([delay(pause), program.ended]);
  }
}

interface Found {
  readonly path: string;
  readonly ready: boolean;
  /** 0: no answer. */
  readonly status: number;
}

async function findAnswer(program: RunningProgram, probePath: string | undefined): Promise<Found> {
  for (const path of probePath === undefined ? USUAL_PATHS : [probePath]) {
    const status = await statusOf(program, path);
    if (probePath !== undefined || (status !== 404 && status !== 405)) return { path, status, ready: isGood(status) };
  }
  const status = await statusOf(program, ROOT);
  return { path: ROOT, status, ready: status > 0 };
}

const isGood = (status: number): boolean => status > 0 && status < 400;

async function statusOf(program: RunningProgram, path: string): Promise<number> {
  try {
    return (await ask(program, path, { limitMs: ASK_MS, maxBytes: 0 })).status;
  } catch {
    return 0;
  }
}

/** Keeps asking a program that serves. A call that it answers is as good as an answer to a question. */
export class Attendance {
  readonly #upstream: Upstream;
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #missed = 0;
  #asking = false;

  constructor(upstream: Upstream, path: string, onChange: () => void) {
    this.#upstream = upstream;
    this.#path = path;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), WATCH_MS).unref();
  }

  get silent(): boolean {
    return this.#missed >= SILENT_AFTER;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const before = this.silent;
    const answers =
      this.#upstream.answered !== this.#seen || isWell(this.#path, await statusOf(this.#upstream.program, this.#path));
    this.#seen = this.#upstream.answered;
    this.#missed = answers ? 0 : this.#missed + 1;
    this.#asking = false;
    if (this.silent !== before) this.#onChange();
  }
}

/** At the root, any answer will do. */
const isWell = (path: string, status: number): boolean => (path === ROOT ? status > 0 : isGood(status));
