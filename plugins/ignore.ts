/** Owns the rules of `.racetrackignore`: which files of a folder are left out of a bundle. */

/** They come after the rules of the file, so they win. */
const DEFAULT_RULES = [
  '*.zip',
  '.git',
  '*.pyc',
  '__pycache__',
  '.gitignore',
  '/.racetrackignore',
  '/plugin-manifest.yaml',
];

/** Says of a path below the folder, with `/` between its parts, whether it is taken. */
export type Matcher = (path: string) => boolean;

/**
 * Rules are applied in their order and the last one that matches decides. A rule leaves out; one that begins with `+` or `!` takes
 * in again. A rule with a leading `/` matches from the top, everything below included; one of a single part matches any part of a
 * path; one of several parts matches the end of a path. `*`, `?` and `[…]` stay within a part.
 */
export function createMatcher(rules: readonly string[], defaults: readonly string[] = DEFAULT_RULES): Matcher {
  const parsed = [...rules.filter((rule) => rule !== ''), ...defaults].map(parseRule);
  return (path) => {
    const parts = partsOf(path);
    return parsed.findLast(({ matches }) => matches(parts))?.takes ?? true;
  };
}

interface Rule {
  readonly takes: boolean;
  matches(parts: readonly string[]): boolean;
}

function parseRule(rule: string): Rule {
  const takes = /^[+!]/.test(rule);
  const pattern = /^[+!-]/.test(rule) ? rule.slice(1) : rule;
  const wanted = partsOf(pattern).map(globToRegExp);
  const all = (parts: readonly string[]) =>
    parts.length === wanted.length && wanted.every((part, index) => part.test(parts[index] as string));
  if (pattern.startsWith('/')) return { takes, matches: (parts) => all(parts.slice(0, wanted.length)) };
  const [only] = wanted;
  if (wanted.length === 1 && only) return { takes, matches: (parts) => parts.some((part) => only.test(part)) };
  return { takes, matches: (parts) => wanted.length > 0 && all(parts.slice(-wanted.length)) };
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** Shell wildcards. Each `*` gives nothing back once the text after it is found, so that no pattern takes long. */
function globToRegExp(glob: string): RegExp {
  const [first = '', ...others] = chunksOf(glob);
  const last = others.pop();
  if (last === undefined) return new RegExp(`^${first}$`, 'su');
  const middle = others.filter((chunk) => chunk !== '').map((chunk, index) => `(?=(.*?${chunk}))\\${index + 1}`);
  return new RegExp(`^${first}${middle.join('')}.*${last}$`, 'su');
}

/** What stands between the stars, as regular expressions. */
function chunksOf(glob: string): string[] {
  const chunks = [''];
  for (const [token, not, set] of glob.matchAll(/\[(!?)(\]?[^\]]*)\]|[\s\S]/gu)) {
    if (token === '*') chunks.push('');
    else chunks.push(`${chunks.pop()}${set === undefined ? single(token) : setOf(set, not === '!')}`);
  }
  return chunks;
}

const single = (token: string): string => (token === '?' ? '.' : literal(token));

/** `a-z_` of `[a-z_]`; a range that is the wrong way round holds nothing. */
function setOf(set: string, isNegated: boolean): string {
  const items: string[] = [];
  for (const [item, from, to] of set.matchAll(/(.)-(.)|./gsu)) {
    if (from === undefined || to === undefined) items.push(literal(item));
    else if (from <= to) items.push(`${literal(from)}-${literal(to)}`);
  }
  return `[${isNegated ? '^' : ''}${items.join('')}]`;
}

const literal = (character: string): string => `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
