/** Owns files of variables: lines of `KEY=value`, such as those that `secret_build_env_file` names. */
import { UserError } from './errors.ts';

const KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const QUOTED = /^(["'])(.*)\1$/s;

/**
 * Blank lines and those that begin with `#` or `;` are left out. Quotes around a whole value go; everything else in it stays as
 * it is, a `%` and a trailing ` # remark` included: passwords may hold either. No message repeats a value.
 */
export function parseEnvFile(text: string, file: string): Record<string, string> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const seen = new Map<string, { value: string; line: number }>();
  for (const [index, raw] of lines.entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const line = index + 1;
    const [key, value] = splitLine(content, `${file}:${line}`);
    const earlier = seen.get(key);
    if (earlier) {
      throw new UserError(`${file}:${line} ${key} is given a second time`, {
        hint: `the first one is in line ${earlier.line}: remove one of them`,
      });
    }
    seen.set(key, { value, line });
  }
  return Object.fromEntries([...seen].map(([key, { value }]) => [key, value]));
}

function splitLine(content: string, place: string): [string, string] {
  const at = content.indexOf('=');
  if (at < 0) throw new UserError(`${place} has no "="`, { hint: 'each line is KEY=value; begin a remark with #' });
  const key = content.slice(0, at).trimEnd();
  if (!KEY.test(key)) {
    const hint = key.startsWith('export ')
      ? 'write KEY=value, without "export"'
      : 'a name is made of letters, digits, "_", "." and "-", and does not begin with a digit';
    throw new UserError(`${place} what stands before "=" is not the name of a variable`, { hint });
  }
  return [key, withoutQuotes(content.slice(at + 1).trimStart())];
}

const withoutQuotes = (value: string): string => QUOTED.exec(value)?.[2] ?? value;
