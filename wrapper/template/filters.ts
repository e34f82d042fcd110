/** Owns what may follow `|` in a template. */
import { methodOf } from './methods.ts';
import { TemplateProblem } from './problem.ts';
import { TESTS } from './tests.ts';
import {
  type Args,
  areEqual,
  argument,
  asNumber,
  asText,
  isMapping,
  isTrue,
  itemsOf,
  kindOf,
  Missing,
  memberOf,
  order,
  present,
  textOf,
  type Value,
} from './values.ts';

type Filter = (value: Value, args: Args) => Value;

/** Applies a filter. Only `default` may be given a value that is missing. */
export function applyFilter(name: string, value: Value, args: Args): Value {
  if (name === 'default' || name === 'd') return byDefault(value, args);
  const filter = FILTERS.get(name);
  if (!filter) {
    throw new TemplateProblem(`there is no filter "${name}"`, {
      hint: `these there are: default, ${[...FILTERS.keys()].sort().join(', ')}`,
    });
  }
  return filter(present(value), args);
}

function byDefault(value: Value, args: Args): Value {
  const given = argument(args, 0, 'default_value');
  const other = given === undefined ? '' : given;
  if (value instanceof Missing) return other;
  return isTrue(argument(args, 1, 'boolean') ?? false) && !isTrue(value) ? other : value;
}

const NO_ARGS: Args = { positional: [], named: new Map() };

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...['upper', 'lower', 'capitalize'].map((name): [string, Filter] => [name, asMethod(name)]),
  ['abs', (value) => Math.abs(asNumber(value))],
  ['count', length],
  ['dictsort', (value) => sorted(entries(value), 0)],
  ['e', escaped],
  ['escape', escaped],
  ['first', (value) => itemsOf(value)[0] ?? new Missing('the first item')],
  ['float', (value, args) => numberOr(Number.parseFloat(textOf(value)), args, 0)],
  ['indent', indent],
  ['int', (value, args) => numberOr(Math.trunc(Number.parseFloat(textOf(value))), args, 0)],
  ['items', entries],
  ['join', join],
  ['last', (value) => itemsOf(value).at(-1) ?? new Missing('the last item')],
  ['length', length],
  ['list', (value) => [...itemsOf(value)]],
  ['map', map],
  ['max', (value) => [...itemsOf(value)].sort(order).at(-1) ?? new Missing('the largest item')],
  ['min', (value) => [...itemsOf(value)].sort(order)[0] ?? new Missing('the smallest item')],
  ['reject', (value, args) => select(value, args, false)],
  ['rejectattr', (value, args) => selectByMember(value, args, false)],
  ['replace', replace],
  ['reverse', (value) => (typeof value === 'string' ? [...value].reverse().join('') : [...itemsOf(value)].reverse())],
  ['round', round],
  ['safe', (value) => value],
  ['select', (value, args) => select(value, args, true)],
  ['selectattr', (value, args) => selectByMember(value, args, true)],
  ['sort', sort],
  ['string', (value) => textOf(value)],
  ['sum', (value) => itemsOf(value).reduce<number>((total, item) => total + asNumber(item), 0)],
  ['title', (value) => textOf(value).replaceAll(/[^\s([{<-]+/g, (word) => capitalized(word))],
  ['tojson', toJson],
  ['trim', (value) => textOf(value).trim()],
  ['unique', (value) => unique(itemsOf(value))],
  ['urlencode', (value) => encodeURIComponent(textOf(value)).replaceAll('%2F', '/')],
  ['wordcount', (value) => textOf(value).split(/\s+/).filter(Boolean).length],
]);

function asMethod(name: string): Filter {
  return (value) => methodOf(textOf(value), name)?.call(NO_ARGS) ?? '';
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

function length(value: Value): number {
  return itemsOf(value).length;
}

function entries(value: Value): [string, Value][] {
  if (isMapping(value)) return Object.entries(value);
  throw new TemplateProblem(`${kindOf(value)} has no keys`, { hint: 'a mapping is needed here' });
}

function escaped(value: Value): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
  return textOf(value).replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}

function numberOr(number: number, args: Args, fallback: number): Value {
  return Number.isFinite(number) ? number : (argument(args, 0, 'default') ?? fallback);
}

function indent(value: Value, args: Args): string {
  const width = argument(args, 0, 'width') ?? 4;
  const space = typeof width === 'string' ? width : ' '.repeat(Math.min(Math.max(asNumber(width), 0), 1000));
  const first = isTrue(argument(args, 1, 'first') ?? false);
  const blank = isTrue(argument(args, 2, 'blank') ?? false);
  const lines = textOf(value).split('\n');
  return lines.map((line, index) => ((index > 0 || first) && (line !== '' || blank) ? space + line : line)).join('\n');
}

function join(value: Value, args: Args): string {
  const separator = textOf(argument(args, 0, 'd') ?? '');
  return picked(itemsOf(value), argument(args, 1, 'attribute'))
    .map(textOf)
    .join(separator);
}

/** `map('upper')` or `map(attribute='name', default='')`. */
function map(value: Value, args: Args): Value {
  const attribute = args.named.get('attribute');
  if (attribute !== undefined) {
    const fallback = args.named.get('default');
    return picked(itemsOf(value), attribute).map((item) => (item instanceof Missing ? (fallback ?? item) : item));
  }
  const [name, ...positional] = args.positional;
  const filter = asText(name ?? new Missing("the filter's name"));
  return itemsOf(value).map((item) => applyFilter(filter, item, { positional, named: args.named }));
}

function picked(items: readonly Value[], attribute: Value | undefined): readonly Value[] {
  if (attribute === undefined) return items;
  return items.map((item) => pick(item, attribute));
}

/** A member, or with dots a member of a member. */
function pick(item: Value, attribute: Value): Value {
  const path = typeof attribute === 'string' ? attribute.split('.') : [attribute];
  return path.reduce<Value>((target, key) => memberOf(target, key, textOf(attribute)), item);
}

function select(value: Value, { positional: [name, operand] }: Args, wanted: boolean): Value {
  const test = testOf(name);
  return itemsOf(value).filter((item) => test(item, operand ?? null) === wanted);
}

function selectByMember(value: Value, { positional: [attribute, name, operand] }: Args, wanted: boolean): Value {
  const key = present(attribute ?? new Missing('the attribute'));
  const test = testOf(name);
  return itemsOf(value).filter((item) => test(pick(item, key), operand ?? null) === wanted);
}

function testOf(name: Value | undefined): (value: Value, operand: Value) => boolean {
  if (name === undefined) return isTrue;
  const test = TESTS.get(asText(name));
  if (test) return test;
  throw new TemplateProblem(`there is no test "${asText(name)}"`, { hint: `these there are: ${testNames()}` });
}

/** For messages. */
export const testNames = (): string => [...TESTS.keys()].sort().join(', ');

function replace(value: Value, args: Args): string {
  const [old, by] = [argument(args, 0, 'old'), argument(args, 1, 'new')].map((text) =>
    textOf(text ?? new Missing('an argument of replace')),
  ) as [string, string];
  const count = argument(args, 2, 'count');
  let left = count === undefined || count === null ? Number.POSITIVE_INFINITY : asNumber(count);
  return textOf(value).replaceAll(old, (found) => (left-- > 0 ? by : found));
}

function round(value: Value, args: Args): number {
  const factor = 10 ** asNumber(argument(args, 0, 'precision') ?? 0);
  const method = argument(args, 1, 'method');
  const rounded = { ceil: Math.ceil, floor: Math.floor, common: Math.round };
  const how = method === 'ceil' || method === 'floor' ? method : 'common';
  return rounded[how](asNumber(value) * factor) / factor;
}

function sort(value: Value, args: Args): Value {
  const items = sorted(
    itemsOf(value),
    argument(args, 2, 'attribute'),
    isTrue(argument(args, 1, 'case_sensitive') ?? false),
  );
  return isTrue(argument(args, 0, 'reverse') ?? false) ? [...items].reverse() : items;
}

function sorted(items: readonly Value[], attribute: Value | undefined, isCaseSensitive = false): Value[] {
  const keyOf = (item: Value): Value => {
    const key = attribute === undefined ? item : pick(item, attribute);
    return typeof key === 'string' && !isCaseSensitive ? key.toLowerCase() : key;
  };
  return [...items].sort((one, other) => order(keyOf(one), keyOf(other)));
}

/** Spaced as Python does it. */
function toJson(value: Value): string {
  const known = present(value);
  if (isMapping(known)) {
    const members = Object.entries(known).map(([key, item]) => `${JSON.stringify(key)}: ${toJson(item)}`);
    return `{${members.join(', ')}}`;
  }
  if (known !== null && typeof known === 'object') return `[${itemsOf(known).map(toJson).join(', ')}]`;
  return JSON.stringify(known);
}

function unique(items: readonly Value[]): Value {
  return items.filter((item, index) => items.findIndex((other) => areEqual(item, other)) === index);
}
