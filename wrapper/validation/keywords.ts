/** Owns the keywords and formats that are checked otherwise than ajv does it. */
import { budget } from './budget.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The value of `contentEncoding`, and the text. Only base64 is known; it is to be padded, as all languages write it. */
export const isBase64 = (encoding: unknown, text: string): boolean =>
  encoding !== 'base64' || (text.length % 4 === 0 && BASE64.test(text));

/** RFC 3339 as Go and JavaScript read it: a large T and no spaces. */
export const isDateTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT[^a-z\s]*$/.test(text);

/** In time that grows with the list, not with its square: 250 KB of `[[],[],…]` would hold up everything for minutes. */
export function isUnique(wanted: unknown, items: readonly unknown[]): boolean {
  if (wanted !== true) return true;
  const seen = new Set<unknown>();
  for (const item of items) {
    const key = keyOf(item);
    budget.spend(typeof key === 'string' ? 1 + key.length / 64 : 1);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** The same for equal values, and different for all others. */
function keyOf(item: unknown): unknown {
  if (typeof item === 'string') return `"${item}`;
  return typeof item === 'object' && item !== null ? JSON.stringify(item, sorted) : item;
}

/** A check that no member of an object is called like one of these but for the case of its letters. */
export function exactNames(names: readonly string[]): (value: object) => boolean {
  const exact = new Set(names);
  const folded = new Set(names.map(foldCase));
  return (value) => Object.keys(value).every((name) => exact.has(name) || !folded.has(foldCase(name)));
}

/** The same for names that Go's decoder takes for the same. */
const foldCase = (name: string): string => name.toUpperCase().toLowerCase();

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
