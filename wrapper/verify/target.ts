/** Owns what can be examined: something that serves the job contract, and what may be done to it. */

/** Numbers that the target is known to keep to. */
export interface KnownLimits {
  /** Calls at once, running and waiting together; further ones are refused. */
  readonly calls?: number | undefined;
  /** Bytes of a request body. */
  readonly body?: number | undefined;
}

export interface Target {
  readonly kind: 'entrypoint' | 'command' | 'image' | 'url';
  /** For people: the path, the command line, the address. */
  readonly name: string;
  readonly limits: KnownLimits;
  /** Whether `start` makes processes, which can then be stopped, killed and looked at. */
  readonly controlled: boolean;
  /** Starts it, or finds it running; does not wait until it listens. */
  start(env: Readonly<Record<string, string>>): Promise<Subject>;
}

/** A target that has been started. */
export interface Subject {
  /** Such as `http://127.0.0.1:41234`. */
  readonly address: string;
  /** Undefined where there is no power over it. */
  readonly process: SubjectProcess | undefined;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface SubjectProcess {
  /** What it has printed to standard output so far. */
  output(): string;
  /** The last lines of all that it has printed, for people. */
  lastWords(): string;
  readonly ended: Promise<Ending>;
  /** Undefined while it runs. */
  readonly ending: Ending | undefined;
  signal(name: NodeJS.Signals): void;
  /** Ids of the processes that do its work: those without children of their own, itself excepted. */
  workers(): readonly number[];
  /** Everything that runs for it, as `id command line`; also what has outlived it. */
  processes(): readonly string[];
  /** Memory of all its processes in bytes; shared pages are divided among those who share them. */
  memory(): number;
  /** Ends it and everything that belongs to it, at once. */
  destroy(): Promise<void>;
}
