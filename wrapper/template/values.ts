/** Owns the values of a template: plain data that behaves as in Python. Nothing of JavaScript's own objects can be reached. */
import { isDeepStrictEqual } from 'node:util';
import { TemplateProblem } from './problem.ts';

/** The result of a name or member that is not there; it may be tested and defaulted, but not used. */
export class Missing {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

export interface Args {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** The only thing that a template can call. */
export class Callable {
  readonly call: (args: Args) => Value;

  constructor(call: (args: Args) => Value) {
    this.call = call;
  }
}

export interface Mapping {
  readonly [key: string]: Value;
}

export type Value = Missing | Callable | null | boolean | number | string | readonly Value[] | Mapping;

/** Far above any text that a template is for. */
const TEXT_LIMIT = 16 * 1024 * 1024;

export function isMapping(value: Value): value is Mapping {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Missing) &&
    !(value instanceof Callable)
  );
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Empty texts, lists and mappings are false, as in Python. */
export function isTrue(value: Value): boolean {
  if (value instanceof Missing) return false;
  if (isList(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

export function areEqual(one: Value, other: Value): boolean {
  if (one instanceof Missing || other instanceof Missing) return one instanceof Missing && other instanceof Missing;
  return isDeepStrictEqual(one, other);
}

/** Throws for what is missing: everything that uses a value goes through here. */
export function present(value: Value): Exclude<Value, Missing> {
  if (!(value instanceof Missing)) return value;
  throw new TemplateProblem(`${value.what} is undefined`, {
    hint: `check the name, or give a value for its absence: {{ ${value.what} | default('…') }}`,
  });
}

/** A value as text: booleans, lists and mappings are written as Python writes them. */
export function textOf(value: Value): string {
  const known = present(value);
  if (typeof known === 'string') return known;
  if (known === null) return 'None';
  if (typeof known === 'boolean') return known ? 'True' : 'False';
  if (typeof known === 'number') return String(known);
  if (known instanceof Callable) {
    throw new TemplateProblem('this is a function, not a text', { hint: 'call it: add ()' });
  }
  if (isList(known)) return `[${known.map(quoted).join(', ')}]`;
  return `{${Object.entries(known)
    .map(([key, item]) => `${quoted(key)}: ${quoted(item)}`)
    .join(', ')}}`;
}

function quoted(value: Value): string {
  if (typeof value !== 'string') return textOf(value);
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(mark, `\\${mark}`);
  return mark + escaped + mark;
}

/** What a loop goes over: the items of a list, the keys of a mapping, the characters of a text. */
export function itemsOf(value: Value): readonly Value[] {
  const known = present(value);
  if (isList(known)) return known;
  if (typeof known === 'string') return [...known];
  if (isMapping(known)) return Object.keys(known);
  throw new TemplateProblem(`${kindOf(known)} is nothing to go through`, {
    hint: 'a list, a mapping or a text is needed here',
  });
}

/** Only what the data itself holds is a member: an own key, or an index from either end. */
export function memberOf(target: Value, key: Value, what: string): Value {
  const known = present(target);
  const wanted = present(key);
  if (isMapping(known) && (typeof wanted === 'string' || typeof wanted === 'number')) {
    return Object.hasOwn(known, wanted) ? (known[wanted] as Value) : new Missing(what);
  }
  if ((isList(known) || typeof known === 'string') && Number.isInteger(wanted)) {
    return known.at(wanted as number) ?? new Missing(what);
  }
  return new Missing(what);
}

export function contains(container: Value, item: Value): boolean {
  const known = present(container);
  if (typeof known === 'string') return known.includes(asText(item));
  return itemsOf(known).some((member) => areEqual(member, item));
}

export function asText(value: Value): string {
  const known = present(value);
  if (typeof known === 'string') return known;
  throw new TemplateProblem(`${kindOf(known)} is no text`, { hint: 'a text is needed here; "| string" makes one' });
}

export function asNumber(value: Value): number {
  const known = present(value);
  if (typeof known === 'number') return known;
  throw new TemplateProblem(`${kindOf(known)} is no number`, { hint: 'a number is needed here; "| int" makes one' });
}

/** Numbers with numbers, texts with texts: negative, zero or positive. */
export function order(one: Value, other: Value): number {
  const [left, right] = [present(one), present(other)];
  const isComparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string');
  if (!isComparable) {
    throw new TemplateProblem(`${kindOf(left)} and ${kindOf(right)} have no order`, {
      hint: 'compare numbers with numbers, and texts with texts',
    });
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

export function kindOf(value: Value): string {
  if (value === null) return 'none';
  if (value instanceof Missing) return 'an undefined value';
  if (value instanceof Callable) return 'a function';
  if (isList(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  return { string: 'a text', number: 'a number', boolean: 'a boolean' }[
    typeof value as 'string' | 'number' | 'boolean'
  ];
}

/** Keeps texts from growing without bounds. */
export function limited<T extends Value>(value: T): T {
  if (typeof value === 'string' && value.length > TEXT_LIMIT) {
    throw new TemplateProblem('makes a text of more than 16 MiB', { hint: 'look for a loop that doubles a text' });
  }
  return value;
}

/** An argument by place or by name. */
export function argument(args: Args, index: number, name: string): Value | undefined {
  return index < args.positional.length ? args.positional[index] : args.named.get(name);
}

/** Foreign data as values; what is neither plain data nor a callable becomes its text. */
export function fromPlain(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (Object.prototype.toString.call(value) !== '[object Object]') return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromPlain(item)]));
}
