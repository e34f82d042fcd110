/** Owns the program of one generation: made ready when the first process is wanted, started as often as needed. */
import { messageOf, UserError } from '../core/errors.ts';
import type { LogRecord, StartFailure } from '../protocol/messages.ts';
import { type HostProcess, startProcess, type WorkerCommand } from './process.ts';

/**
 * Makes a job's program ready, such as by compiling it, and says how it is started. Rejects when the job's own files are the
 * reason that it cannot be; a UserError's text and hint are for the job's author.
 */
export type PrepareCommand = (preparation: {
  readonly onOutput: (record: LogRecord) => void;
  readonly signal: AbortSignal;
}) => Promise<WorkerCommand>;

export interface ProgramEvents {
  onOutput(record: LogRecord): void;
  onStarted(process: HostProcess): void;
  onFailed(failure: StartFailure): void;
}

export class Program {
  readonly #prepare: PrepareCommand;
  readonly #events: ProgramEvents;
  readonly #unwanted = new AbortController();
  #started: HostProcess | undefined;
  #command: Promise<WorkerCommand> | undefined;
  #starting = false;

  /** `started` is a process that runs already; it is the first one handed out. */
  constructor(prepare: PrepareCommand, started: HostProcess | undefined, events: ProgramEvents) {
    this.#prepare = prepare;
    this.#started = started;
    this.#events = events;
  }

  /** Starts one process, at once if that is possible; while one is on its way, nothing happens. */
  start(): void {
    const started = this.#started;
    this.#started = undefined;
    if (started) this.#events.onStarted(started);
    else if (!this.#starting) void this.#prepareAndStart();
  }

  /** Gives up what is being prepared; nothing is started any more. */
  drop(): void {
    this.#unwanted.abort();
  }

  async #prepareAndStart(): Promise<void> {
    const { signal } = this.#unwanted;
    const onOutput = (record: LogRecord) => this.#events.onOutput(record);
    this.#starting = true;
    try {
      this.#command ??= this.#prepare({ onOutput, signal });
      const command = await this.#command;
      if (!signal.aborted) this.#events.onStarted(startProcess(command, onOutput));
    } catch (error) {
      this.#command = undefined;
      const hint = error instanceof UserError ? error.hint : undefined;
      this.#events.onFailed({ error: messageOf(error), type: 'PreparationFailed', ...(hint ? { hint } : {}) });
    } finally {
      this.#starting = false;
    }
  }
}
