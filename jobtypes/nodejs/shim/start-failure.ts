/** Owns the report of a job that cannot be started: the error in one line, and what its author can do about it. */
import type { StartFailure } from '../../../wrapper/protocol/messages.ts';
import { textOf, typeOf } from './failures.ts';
import { rootCause, traceback } from './traceback.ts';

export function startFailure(error: unknown): StartFailure {
  const root = rootCause(error);
  const places = (error as { places?: readonly string[] }).places?.join(', ') ?? traceback(error);
  const message = textOf(error).replaceAll(/\s+/g, ' ').trim();
  const hint = hintFor(error) ?? hintFor(root);
  return {
    error: `${message}, cause=${typeOf(root)}, traceback=${places}`,
    type: typeOf(error),
    ...(hint !== undefined && { hint }),
  };
}

function hintFor(error: unknown): string | undefined {
  const { hint, code, path } = (error ?? {}) as { hint?: string; code?: string; path?: string };
  if (hint !== undefined) return hint;
  const text = textOf(error);
  const missing = /(?:Could not resolve "|Cannot find (?:package|module) ')([^"']+)["']/.exec(text)?.[1];
  if (missing !== undefined) return missingModule(missing);
  if (code === 'ENOENT' && path !== undefined) {
    return `Relative paths start at the working directory, ${process.cwd()}; or build the path from import.meta.dirname.`;
  }
  return undefined;
}

function missingModule(name: string): string {
  if (/^[./]/.test(name)) return 'Check the path: it starts at the folder of the file that imports it.';
  const [scope = '', second] = name.split('/');
  const known = scope.startsWith('@') && second !== undefined ? `${scope}/${second}` : scope;
  return `Install the package beside the job: npm install ${known}.`;
}
