/** Owns the contract by which the command line runs entrypoints of any language: recognise, start early, configure, prepare. */
import type { Environment } from '../wrapper/core/executable.ts';
import type { Finding, Places } from '../wrapper/core/finding.ts';
import type { Manifest } from '../wrapper/core/manifest.ts';
import type { LogRecord } from '../wrapper/protocol/messages.ts';
import type { HttpPlan } from '../wrapper/upstream/plan.ts';
import type { WorkerCommand } from '../wrapper/worker/process.ts';

/** What is known about a job before its manifest is read. */
export interface LaunchRequest {
  /** Absolute path of the job's file or folder; the working folder when an option names the program. */
  readonly entrypoint: string;
  /** The job's folder: where relative paths of its code lead. */
  readonly folder: string;
  readonly env: Environment;
  /** `--python`: the interpreter to use. */
  readonly python?: string | undefined;
  /** `--install`: bring what the job requires. */
  readonly install?: boolean | undefined;
  /** The options that are for programs only. */
  readonly program?: ProgramOptions | undefined;
}

/** Options of jobs that are programs of their own; the first three say which one, instead of an entrypoint. */
export interface ProgramOptions {
  readonly image?: string | undefined;
  readonly command?: string | undefined;
  readonly url?: string | undefined;
  /** The path whose good answer says that the program is ready. */
  readonly probe?: string | undefined;
  /** Where in the program `/api/v1` and `/api/v1/perform` lead. */
  readonly apiBase?: string | undefined;
  readonly performPath?: string | undefined;
  /** Where the program listens. */
  readonly programPort?: number | undefined;
  readonly rewrite?: boolean | undefined;
  /** Seconds. */
  readonly startTimeout?: number | undefined;
}

/** `jobtype_extra` as the manifest gives it, with the places of its keys for findings. */
export interface GivenExtra {
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly places: Places;
  /** The manifest as a whole; what could not be used of it is left out. */
  readonly manifest: Partial<Manifest>;
}

/** The options of `jobtype_extra` that every job type has. */
export interface RunExtra {
  /** Which class or function of the file is the job. */
  readonly className?: string | undefined;
  /** With a leading slash. */
  readonly homePage?: string | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly maxConcurrencyQueue?: number | undefined;
  /** Whether inputs are checked against their schemas; undefined: as the endpoints declare it. */
  readonly validate?: boolean | undefined;
  /** What becomes of a result without its declared form; undefined: results are not checked. */
  readonly validateOutput?: 'warn' | 'fail' | undefined;
}

/** While a program is being made ready. */
export interface Preparation {
  /** Receives what installers and compilers print. */
  readonly onOutput: (record: LogRecord) => void;
  /** Aborted when the program is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A job whose manifest has been read. */
export interface ConfiguredJob {
  readonly extra: RunExtra;
  readonly findings: readonly Finding[];
  /**
   * Makes the program ready (installs, compiles) and says how it is started. Asked once for every version of the job's files;
   * rejects with a UserError, whose text the probes and the log show.
   */
  prepare(preparation: Preparation): Promise<WorkerCommand>;
}

/** The same for a job that is a program of its own. */
export interface ConfiguredProgram {
  readonly extra: RunExtra;
  readonly findings: readonly Finding[];
  readonly plan: HttpPlan;
}

/** One job on its way to run. */
export interface Launch {
  /** How its process is started if nothing in the manifest matters for that: it then starts while the manifest is being read. */
  readonly early: WorkerCommand | undefined;
  /** Takes the manifest's options; undefined when there is no manifest. Rejects with a UserError for options that cannot be used. */
  configure(given: GivenExtra | undefined): Promise<ConfiguredJob | ConfiguredProgram>;
}

/** A job type as far as running its jobs goes. Its module is loaded at every start: whatever is large is imported when needed. */
export interface Launcher {
  /** Such as `python3`. */
  readonly name: string;
  /** Its entrypoints, for people: `a Python file (.py)`. */
  readonly entrypoints: string;
  /** Whether this is an entrypoint of its language; looks at the name, and at a folder's content. */
  takes(path: string, kind: 'file' | 'folder'): boolean;
  /** Rejects with a UserError for what only the person at the command line can mend. */
  open(request: LaunchRequest): Promise<Launch>;
}
