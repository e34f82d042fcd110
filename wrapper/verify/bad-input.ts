/** Owns inputs that do not fit: an input that does, with one place of it spoilt, chosen by a seed. */
import { isObject } from './openapi-document.ts';

/** Stand for numbers that JavaScript cannot hold. */
const RAW_NUMBERS = { huge: '1e400', long: '9'.repeat(400) };

/** What is put where something else belongs. */
const WRONG: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  RAW_NUMBERS.huge,
  RAW_NUMBERS.long,
  '',
  'x',
  '\u0000',
  '\ud800',
  '💥'.repeat(100),
  'x'.repeat(20_000),
  'NaN',
  '2026-02-30T25:61:00Z',
  '../../etc/passwd',
  [],
  [null],
  [[[[[]]]]],
  {},
  JSON.parse('{"":null,"__proto__":{"a":1},"constructor":"x"}'),
  nested(150),
];

type Path = readonly (string | number)[];

/** So many bodies, as JSON text; the same seed gives the same ones. */
export function badInputs(good: unknown, { count, seed }: { count: number; seed: number }): readonly string[] {
  const places = placesOf(good, []);
  const spoilt = places.flatMap((path) => [
    ...WRONG.map((wrong) => replaceAt(good, path, wrong)),
    ...(path.length > 0 ? [removeAt(good, path)] : []),
  ]);
  const surplus = isObject(good) ? [{ ...good, 'verify-surplus': 1 }] : [];
  const texts = [...surplus, ...spoilt].map(write).filter((text) => text !== JSON.stringify(good));
  return shuffled([...new Set(texts)], seed).slice(0, count);
}

/** A value that a schema describes, as plain as can be; for bodies without an example. */
export function sampleOf(
  schema: unknown,
  resolve: (schema: unknown) => Readonly<Record<string, unknown>>,
  depth = 0,
): unknown {
  const { type, properties, items, enum: values, const: only, default: usual, anyOf } = resolve(schema);
  const inner = (part: unknown) => (depth > 8 ? null : sampleOf(part, resolve, depth + 1));
  if (usual !== undefined) return usual;
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0];
  if (Array.isArray(anyOf)) return inner(anyOf[0]);
  if (isObject(properties))
    return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inner(part)]));
  if (type === 'array') return items === undefined ? [] : [inner(items)];
  return { string: 'text', integer: 1, number: 1.5, boolean: true, object: {} }[String(type)] ?? null;
}

function placesOf(value: unknown, path: Path): Path[] {
  if (path.length > 5) return [path];
  const members: [string | number, unknown][] = Array.isArray(value)
    ? value.slice(0, 2).map((item, index) => [index, item])
    : isObject(value)
      ? Object.entries(value)
      : [];
  return [path, ...members.flatMap(([key, member]) => placesOf(member, [...path, key]))];
}

function replaceAt(value: unknown, path: Path, wrong: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return wrong;
  if (Array.isArray(value)) return value.with(key as number, replaceAt(value[key as number], rest, wrong));
  return { ...(value as object), [key]: replaceAt((value as Record<string, unknown>)[key], rest, wrong) };
}

function removeAt(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  const inner = (value as Record<string | number, unknown>)[key as string];
  if (rest.length > 0) return replaceAt(value, [key as string], removeAt(inner, rest));
  if (Array.isArray(value)) return value.toSpliced(key as number, 1);
  const { [key as string]: _, ...others } = value as Record<string, unknown>;
  return others;
}

function write(value: unknown): string {
  const raw = Object.values(RAW_NUMBERS).map((digits) => [`"${digits}"`, digits] as const);
  return raw.reduce((text, [quoted, digits]) => text.replaceAll(quoted, digits), JSON.stringify(value));
}

function shuffled<T>(items: T[], seed: number): T[] {
  const random = randomFrom(seed);
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}

/** Numbers from 0 to 1, the same ones for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
