/** Owns the choice of a job type: what a manifest's `jobtype` asks for → the version that it gets. */
import { UserError } from '../wrapper/core/errors.ts';
import { nearest } from '../wrapper/core/suggestion.ts';
import { fullName } from './job-type.ts';
import { compareVersions, isPattern, matchesPattern } from './version.ts';

export interface Versioned {
  readonly name: string;
  readonly version: string;
}

export interface Registry<Entry extends Versioned> {
  /** By name, the highest version first. */
  readonly entries: readonly Entry[];
  /**
   * The entry that `name:1.2.3`, `name:latest` or a pattern such as `name:1.2.*` stands for; of several the highest, pre-releases
   * included. Throws a UserError that lists what there is.
   */
  resolve(reference: string): Entry;
}

/** `origin` says where an entry comes from, for the error that a name and version is given twice. */
export function createRegistry<Entry extends Versioned>(
  given: Iterable<Entry>,
  origin: (entry: Entry) => string = () => 'Racetrack',
): Registry<Entry> {
  const known = new Map<string, Entry>();
  for (const entry of given) {
    const other = known.get(fullName(entry));
    if (other) throw twice(fullName(entry), [origin(other), origin(entry)]);
    known.set(fullName(entry), entry);
  }
  const entries = [...known.values()].sort(
    (one, other) => compareTexts(one.name, other.name) || compareVersions(other.version, one.version),
  );
  return { entries, resolve: (reference) => resolve(entries, reference) };
}

function resolve<Entry extends Versioned>(entries: readonly Entry[], reference: string): Entry {
  const [name = '', version = '', ...rest] = reference.split(':');
  if (name === '' || version === '' || rest.length > 0) {
    throw new UserError(`job type should be specified as "name:version", got "${reference}"`, {
      hint: `write a version after the name, such as ${name || 'python3'}:latest`,
    });
  }
  const versions = entries.filter((entry) => entry.name === name);
  const isExact = version !== 'latest' && !isPattern(version);
  const found = versions.find((entry) =>
    isExact ? entry.version === version : version === 'latest' || matchesPattern(entry.version, version),
  );
  if (found) return found;
  const reason = isExact ? `language ${reference} is not supported` : `there is no version matching "${reference}"`;
  throw new UserError(`${reason}, supported are: ${list(entries)}`, { hint: hintFor(name, entries) });
}

function hintFor(name: string, entries: readonly Versioned[]): string {
  const names = new Set(entries.map((entry) => entry.name));
  if (names.has(name)) return `take one of these versions, or ${name}:latest`;
  const guess = nearest(name, names);
  return guess ? `did you mean "${guess}:latest"?` : 'install the plugin that brings it: racetrack plugin install';
}

/** The names in order, as in `[golang:1.0.0, python3:2.6.1]`. */
const list = (entries: readonly Versioned[]): string => `[${entries.map(fullName).sort(compareTexts).join(', ')}]`;

const twice = (name: string, [one, other]: readonly [string, string]): UserError =>
  new UserError(`the job type ${name} is defined twice: by ${one} and by ${other}`, {
    hint: 'remove one of the two, or give one of them another name or version',
  });

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
