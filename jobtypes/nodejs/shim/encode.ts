/** Owns turning values into JSON: as JSON.stringify does, and what it would lose or refuse in a form that keeps it. */

/** Deeper values are left to JSON.stringify, which says what is wrong with them. */
const MAX_DEPTH = 200;

/** The JSON of a value; nothing at all is `null`. Throws a TypeError for a value that contains itself. */
export function encode(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value === 0 ? 0 : value) : 'null';
  const text = JSON.stringify(isPlain(value, 0) ? value : convert(value, 0));
  return text === undefined ? 'null' : text;
}

/** Whether JSON.stringify does all that is needed: true for what most jobs return. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'bigint') return false;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return true;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      const item: unknown = value[at];
      if ((typeof item === 'object' || typeof item === 'bigint') && !isPlain(item, depth + 1)) return false;
    }
    return true;
  }
  if (isSpecial(value)) return false;
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if ((typeof item === 'object' || typeof item === 'bigint') && !isPlain(item, depth + 1)) return false;
  }
  return true;
}

const isSpecial = (value: object): boolean =>
  value instanceof Map ||
  value instanceof Set ||
  ArrayBuffer.isView(value) ||
  value instanceof ArrayBuffer ||
  value instanceof Error;

function convert(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return fromBigInt(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  const inner = (item: unknown): unknown => convert(item, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Set) return Array.from(value, inner);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), inner(item)]));
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (ArrayBuffer.isView(value))
    return value instanceof DataView ? inner(value.buffer) : Array.from(value as never, inner);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return value;
  if (value instanceof Error) return { error: value.message, type: value.name };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}

/** A number where it is exact, else its digits as text. */
const fromBigInt = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
