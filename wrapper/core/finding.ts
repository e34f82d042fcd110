/** Owns what is wrong with a manifest and where: findings that can be lived with, and the error that cannot. */
import { UserError } from './errors.ts';

/** What sort of mistake it is; `missing` fields do not matter to a job that only runs locally. */
export type FindingKind = 'unknown' | 'type' | 'value' | 'missing' | 'deprecated';

export interface Position {
  readonly file: string;
  /** From 1; 0 when the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
}

export interface Finding extends Position {
  readonly kind: FindingKind;
  /** Where in the document, such as `git.remote` or `public_endpoints[0]`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** What to do about it, ready to be shown after the message. */
  readonly suggestion?: string;
}

/** A way into a document: keys and list indices. */
export type Path = readonly (string | number)[];

/** Where the parts of a document stand, and how they were written. */
export interface Places {
  has(path: Path): boolean;
  /** The position of the value at this path, or of the nearest thing around it. */
  at(path: Path): Position;
  /** The position of the key itself. */
  keyAt(path: Path): Position;
  /** The source text of an unquoted scalar; undefined for anything else. */
  plainText(path: Path): string | undefined;
}

/** The manifest cannot be read at all. */
export class ManifestError extends UserError {
  readonly position: Position;
  /** The message with its place, without what was being read. */
  readonly located: string;

  constructor(message: string, position: Position, options: { hint?: string; cause?: unknown } = {}) {
    const located = `${formatPosition(position)} ${message}`;
    super(`reading job manifest: ${located}`, options);
    this.position = position;
    this.located = located;
  }
}

/** One line for a person: `job.yaml:2:11 replicas: must be at most 50`. */
export function formatFinding(finding: Finding): string {
  const subject = finding.path === '' ? '' : ` ${finding.path}:`;
  const suggestion = finding.suggestion === undefined ? '' : `; ${finding.suggestion}`;
  return `${formatPosition(finding)}${subject} ${finding.message}${suggestion}`;
}

const formatPosition = ({ file, line, column }: Position): string =>
  line === 0 ? `${file}:` : `${file}:${line}:${column}`;

/** `['git', 'remote']` as `git.remote`, list indices in brackets. */
export function formatPath(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}
