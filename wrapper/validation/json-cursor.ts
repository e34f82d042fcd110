/** Owns reading JSON from bytes without building its values: forward only, giving up at whatever is unusual. */

export const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
export const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [BACKSLASH, MINUS, POINT, ZERO] = [0x5c, 0x2d, 0x2e, 0x30];
const MAX_DEPTH = 64;
/** How many times over a text may be passed. */
const MAX_REPEATED = 8;
const MAX_WHOLE_DIGITS = 15;
const MAX_NUMBER_LENGTH = 30;

/** What a byte is good for. */
const [SPACE, PLAIN, DIGIT, ESCAPED] = [1, 2, 4, 8];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => kindsOf(byte));

function kindsOf(byte: number): number {
  const sign = String.fromCharCode(byte);
  let kinds = 0;
  if (' \t\n\r'.includes(sign)) kinds |= SPACE;
  if (byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH) kinds |= PLAIN;
  if (sign >= '0' && sign <= '9') kinds |= DIGIT;
  if ('"\\/bfnrt'.includes(sign)) kinds |= ESCAPED;
  return kinds;
}

/** The text that is being read, with a zero behind it, where everything stops. One for all, as reading is never interrupted. */
let text = Buffer.alloc(64 * 1024);

/**
 * A place in a JSON text. A method passes what it is named for and returns true. False means that the text is wrong here, or holds
 * something that is not worth dealing with (an exponent, a `\u` escape): the place is then of no use any more.
 */
export class JsonCursor {
  at = 0;
  depth = 0;
  /** Whether a byte outside of ASCII was passed: somebody has to look at the encoding. */
  foreign = false;
  /** The number that was passed last; NaN when it has too many digits to tell. */
  value = Number.NaN;
  #size = 0;
  /** Bytes that were passed more than once. */
  #repeated = 0;

  reset(bytes: Buffer): void {
    this.#size = bytes.length;
    if (this.#size >= text.length) text = Buffer.alloc(2 * this.#size + 1);
    text.set(bytes);
    text[this.#size] = 0;
    this.at = 0;
    this.depth = 0;
    this.foreign = false;
    this.#repeated = 0;
  }

  /** Goes back to a place, unless this has been done for too much of the text. */
  back(at: number, depth: number): boolean {
    this.#repeated += this.at - at + 1;
    this.at = at;
    this.depth = depth;
    return this.#repeated <= MAX_REPEATED * this.#size;
  }

  /** Passes white space; the byte that follows, 0 at the end. */
  peek(): number {
    const bytes = text;
    let { at } = this;
    while ((KINDS[bytes[at] as number] as number) & SPACE) at += 1;
    this.at = at;
    return bytes[at] as number;
  }

  /** Whether nothing follows. */
  get ended(): boolean {
    return this.peek() === 0 && this.at === this.#size;
  }

  take(byte: number): boolean {
    if (text[this.at] !== byte && this.peek() !== byte) return false;
    this.at += 1;
    return true;
  }

  open(byte: number): boolean {
    this.depth += 1;
    return this.depth <= MAX_DEPTH && this.take(byte);
  }

  close(byte: number): boolean {
    this.depth -= 1;
    return this.take(byte);
  }

  /** The text since a place; of ASCII only. */
  since(start: number): string {
    return text.toString('latin1', start, this.at);
  }

  /** Passes a string; its length in characters as JSON Schema counts them, -1 when it cannot be told. */
  string(): number {
    if (!this.take(QUOTE)) return -1;
    const bytes = text;
    let { at } = this;
    let hidden = at; // where it begins, and bytes that are no characters of their own
    for (;;) {
      while ((KINDS[bytes[at] as number] as number) & PLAIN) at += 1;
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        at += 1;
        hidden += 1;
        if (!((KINDS[bytes[at] as number] as number) & ESCAPED)) return -1;
      } else if (byte >= 0x80) {
        this.foreign = true;
        if (byte < 0xc0) hidden += 1;
      } else {
        return -1;
      }
      at += 1;
    }
    this.at = at + 1;
    return at - hidden;
  }

  /** Passes a string without escapes and of ASCII only. */
  plainString(): boolean {
    if (!this.take(QUOTE)) return false;
    const bytes = text;
    let { at } = this;
    while ((KINDS[bytes[at] as number] as number) & PLAIN) at += 1;
    this.at = at + 1;
    return bytes[at] === QUOTE;
  }

  /** Passes exactly these bytes; what is not them is not passed. */
  exactly(wanted: Uint8Array): boolean {
    const bytes = text;
    if (bytes[this.at] !== wanted[0] && this.peek() !== wanted[0]) return false;
    const { at } = this;
    for (let i = 1; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
    this.at = at + wanted.length;
    return true;
  }

  /** Passes a number, a whole one if asked for, that has no exponent; it is left in `value` if it is exact as that. */
  number(whole: boolean): boolean {
    const bytes = text;
    const negative = this.peek() === MINUS;
    const first = negative ? this.at + 1 : this.at;
    let at = first;
    let digits = 0;
    for (; (KINDS[bytes[at] as number] as number) & DIGIT; at += 1) digits = digits * 10 + (bytes[at] as number) - ZERO;
    if (at === first || at - first > MAX_WHOLE_DIGITS || (at > first + 1 && bytes[first] === ZERO)) return false;
    let divisor = 1;
    if (bytes[at] === POINT) {
      if (whole) return false;
      const fraction = at + 1;
      at = fraction;
      for (; (KINDS[bytes[at] as number] as number) & DIGIT; at += 1) {
        digits = digits * 10 + (bytes[at] as number) - ZERO;
        divisor *= 10;
      }
      if (at === fraction || at - first > MAX_NUMBER_LENGTH) return false;
    }
    this.at = at;
    // Up to 15 digits and powers of ten are exact, so their quotient is the nearest number.
    this.value = at - first > MAX_WHOLE_DIGITS ? Number.NaN : (negative ? -digits : digits) / divisor;
    return ((bytes[at] as number) | 0x20) !== 0x65; // e
  }
}
