/** Owns finding the place where a text stops being JSON, in the words of Python's decoder. */

export interface JsonFault {
  /** Index of the character. */
  readonly at: number;
  readonly reason: string;
}

type Expected = 'value' | 'item or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*/y;

const REASONS: Readonly<Record<Expected, string>> = {
  value: 'Expecting value',
  'item or end': 'Expecting value',
  name: 'Expecting property name enclosed in double quotes',
  'name or end': 'Expecting property name enclosed in double quotes',
  colon: "Expecting ':' delimiter",
  'comma or end': "Expecting ',' delimiter",
  nothing: 'Extra data',
};

/** The first mistake of a text that is no JSON; undefined for one that is. It keeps a stack of its own: depth does not matter. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = end(SPACE, text, at);
    if (at === text.length && expected === 'nothing') return undefined;
    const sign = text[at] ?? '';
    let next: number | JsonFault = at + 1;
    if (sign === '"' && (isValue(expected) || isName(expected))) {
      next = endOfString(text, at);
      expected = isName(expected) ? 'colon' : after(open);
    } else if (isValue(expected) && (sign === '[' || sign === '{')) {
      open.push(sign);
      expected = sign === '[' ? 'item or end' : 'name or end';
    } else if (expected.endsWith('or end') && sign === closing(open.at(-1))) {
      open.pop();
      expected = after(open);
    } else if (expected === 'comma or end' && sign === ',') {
      expected = open.at(-1) === '[' ? 'value' : 'name';
    } else if (expected === 'colon' && sign === ':') {
      expected = 'value';
    } else {
      next = isValue(expected) ? end(SCALAR, text, at) : at;
      if (next === at) return { at, reason: REASONS[expected] };
      expected = after(open);
    }
    if (typeof next === 'object') return next;
    at = next;
  }
}

const isValue = (expected: Expected): boolean => expected === 'value' || expected === 'item or end';
const isName = (expected: Expected): boolean => expected === 'name' || expected === 'name or end';
const after = (open: readonly string[]): Expected => (open.length === 0 ? 'nothing' : 'comma or end');
const closing = (sign: string | undefined): string => (sign === '[' ? ']' : '}');

/** Where the match ends; the place itself when there is none. */
function end(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}

function endOfString(text: string, start: number): number | JsonFault {
  const at = end(STRING, text, start);
  const sign = text[at];
  if (sign === '"') return at + 1;
  if (sign === undefined || (sign === '\\' && at + 1 === text.length))
    return { at: start, reason: 'Unterminated string starting at' };
  if (sign !== '\\') return { at, reason: 'Invalid control character at' };
  return { at, reason: text[at + 1] === 'u' ? 'Invalid \\uXXXX escape' : 'Invalid \\escape' };
}
