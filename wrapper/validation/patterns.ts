/** Owns the regular expressions of schemas: what they may cost is known before they run, so that no text makes them hang. */
import { budget } from './budget.ts';

/** Characters that one step of the budget pays for. */
const CHARACTERS_A_STEP = 4;
/** More than any budget has. */
const UNBOUNDED = 1e15;

/**
 * The engine that compiled checks use for `pattern`. Backtracking takes up to n^(k+1) steps on n characters with k repetitions one
 * after the other, and any number when one repetition stands inside another: the budget pays that in advance.
 */
export function costedRegExp(source: string, flags: string): { test(text: string): boolean; toString(): string } {
  const expression = new RegExp(source, flags);
  const power = powerOf(source);
  return {
    test(text) {
      budget.spend(power === undefined ? UNBOUNDED : text.length ** power / CHARACTERS_A_STEP);
      return expression.test(text);
    },
    toString: () => expression.toString(),
  };
}

costedRegExp.code = 'new RegExp';

/** The exponent of the worst case; undefined when repetitions may be nested. */
function powerOf(source: string): number | undefined {
  const plain = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, 'x'); // escapes and classes are one character each
  if (/\)[*+{]/.test(plain) || /\\[\dk]/.test(source)) return undefined;
  const repetitions = plain.match(/[*+]|\{\d*,\d*\}|[^(*+?}]\?/g)?.length ?? 0;
  const start = plain.startsWith('^') && !plain.includes('|') ? 0 : 1;
  return Math.max(1, repetitions + start);
}
