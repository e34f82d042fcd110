/** Owns the versions of job types: their form, their order, and the patterns that choose among them. */

/** Three numbers and what follows them. */
const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})([^\s:*]{0,100})$/;
/** `1.2.*`, `1.*`, `1.2.3-*-bullseye`: up to three parts, then perhaps a label. */
const PATTERN = /^(?:\d+|\*)(?:\.(?:\d+|\*)){0,2}(?:-[^\s:]+)?$/;

const labels = new Intl.Collator('en', { numeric: true });

export const isVersion = (text: string): boolean => VERSION.test(text);

export const isPattern = (text: string): boolean => text.includes('*') && PATTERN.test(text);

/** Below 0 when the first is lower. A version without a label is above those with one; numbers in labels count as numbers. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] as number);
    if (difference !== 0) return difference;
  }
  if (a.label === b.label) return 0;
  if (a.label === '' || b.label === '') return a.label === '' ? 1 : -1;
  return labels.compare(a.label, b.label) || (a.label < b.label ? -1 : 1);
}

function parse(version: string): { numbers: number[]; label: string } {
  const match = VERSION.exec(version);
  if (!match) throw new TypeError(`${version} is no version`);
  return { numbers: match.slice(1, 4).map(Number), label: match[4] as string };
}

/** Whether each `*` of the pattern can stand for one or more characters of the version, and the rest is the same. */
export function matchesPattern(version: string, pattern: string): boolean {
  const parts = pattern.split('*');
  let at = 0;
  for (const [index, part] of parts.entries()) {
    // The first place is as good as any later one: what it leaves over, the next * takes.
    const found = index === 0 ? 0 : version.indexOf(part, at + 1);
    if (index === parts.length - 1) return version.endsWith(part) && version.length - part.length > at;
    if (found < 0 || !version.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return false;
}
