/** Owns what a template can call without being given it: `range`, and the methods of texts and mappings that Jinja templates use. */
import { TemplateProblem } from './problem.ts';
import {
  type Args,
  argument,
  asNumber,
  asText,
  Callable,
  isMapping,
  itemsOf,
  type Mapping,
  type Value,
} from './values.ts';

type Method<Target> = (target: Target, args: Args) => Value;

const RANGE_LIMIT = 100_000;

export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['True', true],
  ['False', false],
  ['None', null],
  ['range', new Callable(range)],
  ['dict', new Callable(({ named }) => Object.fromEntries(named))],
]);

/** The method of this name, if values of this kind have it. */
export function methodOf(target: Value, name: Value): Callable | undefined {
  if (typeof name !== 'string') return undefined;
  if (typeof target === 'string') {
    const method = TEXT_METHODS.get(name);
    return method && new Callable((args) => method(target, args));
  }
  const method = isMapping(target) ? MAPPING_METHODS.get(name) : undefined;
  return method && new Callable((args) => method(target as Mapping, args));
}

const MAPPING_METHODS: ReadonlyMap<string, Method<Mapping>> = new Map<string, Method<Mapping>>([
  ['items', (mapping) => Object.entries(mapping)],
  ['keys', (mapping) => Object.keys(mapping)],
  ['values', (mapping) => Object.values(mapping)],
  ['get', (mapping, args) => get(mapping, args)],
]);

const TEXT_METHODS: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['upper', (text) => text.toUpperCase()],
  ['lower', (text) => text.toLowerCase()],
  ['capitalize', (text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()],
  ['strip', (text, args) => strip(text, args, 'both')],
  ['lstrip', (text, args) => strip(text, args, 'start')],
  ['rstrip', (text, args) => strip(text, args, 'end')],
  ['split', (text, args) => split(text, args)],
  ['splitlines', (text) => text.replace(/\r?\n$/, '').split(/\r?\n/)],
  ['replace', (text, args) => text.replaceAll(required(args, 0, 'replace'), () => required(args, 1, 'replace'))],
  ['startswith', (text, args) => text.startsWith(required(args, 0, 'startswith'))],
  ['endswith', (text, args) => text.endsWith(required(args, 0, 'endswith'))],
  [
    'join',
    (text, args) =>
      itemsOf(args.positional[0] ?? [])
        .map(asText)
        .join(text),
  ],
]);

function get(mapping: Mapping, args: Args): Value {
  const key = required(args, 0, 'get');
  return Object.hasOwn(mapping, key) ? (mapping[key] as Value) : (argument(args, 1, 'default') ?? null);
}

function strip(text: string, args: Args, side: 'both' | 'start' | 'end'): string {
  const [given] = args.positional;
  const isUnwanted = given === undefined || given === null ? isSpace : isOneOf(asText(given));
  let [start, end] = [0, text.length];
  while (side !== 'end' && start < end && isUnwanted(text.charAt(start))) start += 1;
  while (side !== 'start' && end > start && isUnwanted(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isSpace = (character: string): boolean => character.trim() === '';
const isOneOf =
  (characters: string) =>
  (character: string): boolean =>
    characters.includes(character);

function split(text: string, { positional: [separator] }: Args): Value {
  if (separator === undefined || separator === null) return text.split(/\s+/).filter((part) => part !== '');
  return text.split(asText(separator));
}

function required({ positional }: Args, index: number, method: string): string {
  const value = positional[index];
  if (value !== undefined) return asText(value);
  throw new TemplateProblem(`${method}() lacks an argument`, { hint: 'give it as in Python' });
}

function range({ positional }: Args): Value {
  const numbers = positional.map(asNumber);
  const [start, stop] = numbers.length > 1 ? [numbers[0], numbers[1]] : [0, numbers[0]];
  const step = numbers[2] ?? 1;
  if (start === undefined || stop === undefined || !numbers.every(Number.isSafeInteger) || step === 0) {
    throw new TemplateProblem('range() takes whole numbers: stop, or start, stop and a step that is not 0');
  }
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > RANGE_LIMIT) throw new TemplateProblem(`range() makes more than ${RANGE_LIMIT} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}
