/** Owns the reading of requirements files: what an environment made from them depends on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';

const INCLUDE = /^(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?=[^-\s]))(?<file>\S+)/;
const ADDRESS = /\b[a-z][a-z0-9+.-]*:\/\/\S*/gi;

/** A short name that changes with the content of the file and of all it includes. */
export function hashRequirements(file: string, alsoDependsOn: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(alsoDependsOn));
  for (const { path, text } of readAll(resolve(file))) {
    // A package named by its path is another one below another folder.
    hash.update(JSON.stringify([namesPaths(text) ? path : '', text]));
  }
  return hash.digest('hex').slice(0, 32);
}

function readAll(file: string, seen = new Set<string>(), from?: string): { path: string; text: string }[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readText(file, from);
  const included = text.split(/\r?\n/).flatMap((line) => {
    const name = INCLUDE.exec(line.trim())?.groups?.file;
    return name === undefined || /^[a-z]+:\/\//i.test(name) ? [] : readAll(resolve(dirname(file), name), seen, file);
  });
  return [{ path: file, text }, ...included];
}

function readText(file: string, from: string | undefined): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const included = from === undefined ? '' : `, which ${from} includes`;
    throw new UserError(`cannot read the requirements in ${file}${included}: ${messageOf(cause)}`, {
      hint: 'check the path: it starts at the folder of the file that names it',
      cause,
    });
  }
}

function namesPaths(text: string): boolean {
  return text.split(/\r?\n/).some((line) => {
    const rest = line.replace(/(^|\s)#.*$/, '').trim();
    if (INCLUDE.test(rest)) return false;
    return /^(-e|--editable|\.)|\bfile:/.test(rest) || rest.replace(ADDRESS, '').includes('/');
  });
}
