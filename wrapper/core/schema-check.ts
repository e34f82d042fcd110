/** Owns the fitting of a document to a schema: what does not fit becomes a finding, what can be used is kept. */
import type { z } from 'zod';
import { type Finding, type FindingKind, formatPath, type Path, type Places } from './finding.ts';
import { nearest } from './suggestion.ts';

type Issue = z.core.$ZodIssue;
type Container = Record<string | number, unknown>;

/** Enough for a person to mend; a hostile document could hold a hundred thousand mistakes. */
export const FINDINGS_LIMIT = 100;
/** Each round mends what the one before has uncovered. */
const ROUNDS = 5;
const REMOVED = Symbol('removed');

export interface Check {
  readonly schema: z.ZodType;
  /** Changed in place: unusable parts are taken out. */
  readonly value: Container;
  readonly places: Places;
  /** Where the value stands in the document. */
  readonly base?: Path;
}

/** The findings, after which the value holds only what has a use: known keys with values of the right type. */
export function fitToSchema(check: Check): Finding[] {
  const findings = new Map<string, Finding>();
  dropNulls(check.schema, check.value);
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = check.schema.safeParse(check.value);
    if (result.success) break;
    const lists = new Set<unknown[]>();
    const mended = result.error.issues
      .flatMap(expandUnknownKeys)
      .map((issue) => mend({ ...check, findings, lists }, issue));
    for (const list of lists) list.splice(0, list.length, ...list.filter((item) => item !== REMOVED));
    if (!mended.includes(true)) break;
  }
  return [...findings.values()];
}

/** A key with nothing behind it (`version:`) says as much as no key. */
function dropNulls(schema: z.ZodType, value: Container): void {
  const shape = shapeOf(schema);
  if (shape === undefined) return;
  for (const [key, inner] of Object.entries(shape)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given === null) delete value[key];
    else if (isContainer(given)) dropNulls(inner, given);
  }
}

/** One issue for each unknown key, as each has a place of its own. */
function expandUnknownKeys(issue: Issue): Issue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ ...issue, keys: [key], path: [...issue.path, key] }));
}

interface Round extends Check {
  readonly findings: Map<string, Finding>;
  /** Lists to take the removed items out of, once every index has been used. */
  readonly lists: Set<unknown[]>;
}

/** Reports the issue and takes it out of the value; false when the value is kept as it is. */
function mend(round: Round, issue: Issue): boolean {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const key = path.at(-1);
  if (key === undefined) return report(round, path, { kind: 'value', message: issue.message });
  const around = path.slice(0, -1);
  const holder = around.reduce<unknown>((value, step) => (value as Container)[step], round.value) as Container;
  if (issue.code === 'unrecognized_keys') {
    const room = round.findings.size < FINDINGS_LIMIT;
    const guess = room ? nearest(String(key), keysOf(round.schema, around)) : undefined;
    const suggestion = guess === undefined ? undefined : `did you mean "${guess}"?`;
    report(round, path, { kind: 'unknown', message: 'unknown key, it is ignored', suggestion });
    return Reflect.deleteProperty(holder, key);
  }
  if (holder[key] === undefined) return report(round, path, { kind: 'missing', message: 'is required' });
  if (!isTypeIssue(issue)) return report(round, path, { kind: 'value', message: issue.message });
  const source = round.places.plainText([...(round.base ?? []), ...path]);
  const { value, message, suggestion } = convert(issue, holder[key], source);
  report(round, path, { kind: 'type', message: message ?? describeMismatch(issue, holder[key]), suggestion });
  return replace(round, { holder, key, value });
}

interface Remark {
  readonly kind: FindingKind;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** Notes a finding, once; false, as reporting alone mends nothing. */
function report({ base = [], places, findings }: Round, path: Path, { suggestion, ...remark }: Remark): false {
  const full = [...base, ...path];
  const id = `${remark.kind} ${full.join('\u0000')} ${remark.message}`;
  if (findings.size >= FINDINGS_LIMIT || findings.has(id)) return false;
  const position = remark.kind === 'unknown' ? places.keyAt(full) : places.at(full);
  findings.set(id, {
    ...position,
    path: formatPath(full),
    ...remark,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return false;
}

const isTypeIssue = (issue: Issue): boolean =>
  issue.code === 'invalid_type' ||
  issue.code === 'invalid_union' ||
  issue.code === 'invalid_value' ||
  issue.code === 'invalid_key';

/** What the author most likely meant by a value of the wrong type. */
function convert(
  issue: Issue,
  value: unknown,
  source: string | undefined,
): { value?: unknown; message?: string; suggestion?: string } {
  const expected = issue.code === 'invalid_type' ? issue.expected : undefined;
  if (expected === 'string' && source !== undefined && typeof value !== 'object') {
    const message = `expected text, but an unquoted ${source} is a ${typeof value} in YAML; it is taken as "${source}"`;
    return { value: source, message, suggestion: `quote it: "${source}"` };
  }
  const isNumberText = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  if ((expected === 'number' || expected === 'int') && isNumberText) {
    return {
      value: Number(value),
      message: `expected a number, but got the text "${value}"`,
      suggestion: 'remove the quotes',
    };
  }
  return {};
}

function describeMismatch(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type')
    return `expected ${typeName(issue.expected)}, but got ${nameOf(value)}; it is ignored`;
  if (issue.code === 'invalid_value') {
    return `expected ${issue.values.map((allowed) => JSON.stringify(allowed)).join(' or ')}, but got ${nameOf(value)}; it is ignored`;
  }
  return `${nameOf(value)} has no meaning here; it is ignored`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

const typeName = (expected: string): string => TYPE_NAMES[expected] ?? expected;

function nameOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 80))}`;
  return `the ${typeof value} ${String(value)}`;
}

function replace(
  round: Round,
  { holder, key, value }: { holder: Container; key: string | number; value: unknown },
): true {
  if (value !== undefined) holder[key] = value;
  else if (Array.isArray(holder)) {
    holder[Number(key)] = REMOVED;
    round.lists.add(holder);
  } else delete holder[key];
  return true;
}

function keysOf(schema: z.ZodType, path: Path): string[] {
  const inner = path.reduce<z.ZodType | undefined>((around, key) => (around && shapeOf(around))?.[key], schema);
  return Object.keys((inner && shapeOf(inner)) ?? {});
}

/** The fields of an object schema, also of an optional one. */
function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const { shape, innerType } = schema.def as {
    shape?: Record<string, z.ZodType>;
    innerType?: z.ZodType;
  } & z.ZodType['def'];
  return shape ?? (innerType && shapeOf(innerType));
}

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
