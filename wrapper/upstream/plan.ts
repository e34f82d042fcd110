/** Owns the contract between the HTTP runner and whoever starts programs for it: child processes here, containers in a job type. */
import type { JobIdentity } from '../config.ts';
import type { LogRecord } from '../protocol/messages.ts';

/** A program that has been started; it may not listen yet. */
export interface RunningProgram {
  readonly host: string;
  readonly port: number;
  /** Its process on this machine; 0 when it has none here. */
  readonly pid: number;
  /** Resolves when it has ended, with a phrase such as `ended with exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks it to end, and ends it by force after so many milliseconds; nothing of it is left behind. */
  stop(graceMs: number): Promise<void>;
}

export interface Preparation {
  readonly job: JobIdentity;
  /** Receives what builders and the program itself print. */
  readonly onOutput: (record: LogRecord) => void;
  /** Aborted when the program is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Starts the program once; rejects with a UserError when that is not possible. */
export type StartProgram = (preparation: Preparation) => Promise<RunningProgram>;

/** A job that is a program of its own and speaks HTTP. */
export interface HttpPlan {
  readonly kind: 'http';
  /** What it is, for people: `uvicorn`, `image nginx:1.27`. */
  readonly label: string;
  /** Makes the program ready, such as by building its image; asked once for every version of the job's files. */
  prepare(preparation: Preparation): Promise<StartProgram>;
  readonly routing: Routing;
  /** Answered with a status below 400 when the program is ready; undefined: the usual ones are tried. */
  readonly probePath: string | undefined;
  /** How long a start may take, from the program's start to its first good answer, in milliseconds. */
  readonly startMs: number;
}

/** How addresses of the service become addresses of the program. */
export interface Routing {
  /** `rewrite`: addresses in pages are changed as well, for sites that know only links from their root. */
  readonly mode: 'forward' | 'rewrite';
  /** Where in the program `/api/v1` leads, without a trailing slash; undefined: its own OpenAPI document tells. */
  readonly apiBase: string | undefined;
  /** Where `/api/v1/perform` leads; undefined: to `perform` below {@link apiBase}. */
  readonly performPath: string | undefined;
}
