/** Owns splitting a command line that is given as one text: words and quotes, and nothing else of a shell. */
import { UserError } from './errors.ts';

/**
 * The program and its arguments. Quotes group, a backslash takes the next character as it is (within single quotes it is one itself).
 * Pipes, variables and patterns mean nothing: no shell is started. Throws a {@link UserError} for an open quote and for nothing.
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = /^(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/.exec(rest);
    if (!match) throw new UserError(`a quote is not closed in: ${text}`, { exitCode: 2 });
    words.push(unquote(match[0]));
    rest = rest.slice(match[0].length).trimStart();
  }
  if (words.length === 0) throw new UserError('the command is empty', { exitCode: 2 });
  return words;
}

const unquote = (word: string): string =>
  word.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
    (_, single, double, escaped) => escaped ?? single ?? (double as string).replaceAll(/\\([\s\S])/g, '$1'),
  );
