/** Owns what a program was made from: the files that it read, and those that it looked for in vain. */
import { readFileSync, statSync } from 'node:fs';
import { type InputFile, inputFile } from '../input-files.ts';

/** What an installed package consists of: its package.json tells when it is another one. */
const isInsidePackage = (path: string): boolean =>
  /\/node_modules\/(@[^/]+\/)?[^/@]+\/./.test(path) && !path.endsWith('/package.json');

/** Collects what a compiler asks for. */
export class SeenFiles {
  readonly #files = new Map<string, InputFile>();

  get files(): InputFile[] {
    return [...this.#files.values()];
  }

  read(path: string): string | undefined {
    try {
      const content = readFileSync(path);
      if (!isInsidePackage(path)) this.#files.set(path, inputFile(path, content));
      return decode(content);
    } catch {
      this.missed(path);
      return undefined;
    }
  }

  /** Notes that nothing of this name is there, or no such thing as was wanted. */
  missed(path: string): false {
    const isThere = isInsidePackage(path) || statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) this.#files.set(path, { path, state: null });
    return false;
  }
}

function decode(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return content.toString('utf16le', 2);
  return content.toString('utf8').replace(/^\uFEFF/, '');
}
