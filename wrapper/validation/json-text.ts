/** Owns decoding a body's bytes as JSON, and the refusal of those that are none. */
import { isUtf8 } from 'node:buffer';
import { findJsonFault } from './json-fault.ts';
import { type Refusal, UNREADABLE } from './verdict.ts';

/** The decoded value, or why there is none. A byte order mark is passed over. */
export type Decoded = { readonly value: unknown } | { readonly refusal: Refusal };

export function decodeJson(bytes: Buffer): Decoded {
  let text = bytes.toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  // Only a broken sequence, or this very character, is decoded to U+FFFD.
  if (text.includes('\ufffd') && !isUtf8(bytes)) return { refusal: UNREADABLE };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { refusal: malformed(text) };
  }
}

function malformed(text: string): Refusal {
  try {
    const { at, reason } = findJsonFault(text) ?? { at: 0, reason: 'Expecting value' };
    const row = { type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error', input: {} };
    return { status: 422, rows: [{ ...row, ctx: { error: reason }, pointer: '' }] };
  } catch {
    return UNREADABLE; // a string with so many escapes that the expression gives up
  }
}

const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Parsed, so many values take some hundred megabytes. */
const MAX_VALUES = 8_000_000;
/** An object or a list takes as much as so many plain values. */
const CONTAINER = 4;
const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, OPEN_OBJECT] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/** Whether parsing the text would take too much memory: 60 MB may hold twenty million lists. */
export function isTooDense(bytes: Buffer): boolean {
  if (bytes.length < MAX_VALUES / CONTAINER) return false;
  let values = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) inText = !inText;
    else if (inText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA) values += 1;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) values += CONTAINER;
  }
  return values > MAX_VALUES;
}

/** Whether there is nothing, but white space. */
export const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => BLANKS.has(byte));

/** Whether there is nothing, or `null`. */
export function isAbsent(bytes: Buffer): boolean {
  const start = bytes.findIndex((byte) => !BLANKS.has(byte));
  return start < 0 || (bytes[start] === 0x6e && bytes.toString('latin1', start).trimEnd() === 'null');
}
