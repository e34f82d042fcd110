/** Owns the places that an error tells: `file:line` in the job's own files, source maps applied by Node. */
import { dirname, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../../wrapper/core/cache-folder.ts';

const MAX_PLACES = 40;
const FIRST_PLACES = 10;
/** A line of a stack: in brackets after a function's name, or alone; a path or an address of a file. */
const FRAME = /(?:^|\(|\s)((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/;
/** Our own code, and lines of a bundle that stand for none of the job's. */
const NOISE = [dirname(fileURLToPath(import.meta.url)) + sep, cacheFolder(process.env) + sep];

/** The error at the end of the chain of causes. */
export function rootCause(error: unknown): unknown {
  return chainOf(error).at(-1);
}

/** `file:line, file:line, …` of the whole chain, the job's own line last. */
export function traceback(error: unknown): string {
  const places = chainOf(error).flatMap(placesOf);
  const last = places.findLastIndex(({ file }) => !file.includes(`${sep}node_modules${sep}`));
  const texts = places.slice(0, last < 0 ? undefined : last + 1).map(({ file, line }) => `${file}:${line}`);
  const different = texts.filter((text, at) => text !== texts[at - 1]);
  if (different.length > MAX_PLACES) different.splice(FIRST_PLACES, different.length - MAX_PLACES + 1, '…');
  return different.join(', ');
}

function chainOf(error: unknown): unknown[] {
  const chain = [error];
  for (;;) {
    const cause = chain.at(-1) instanceof Error ? (chain.at(-1) as Error).cause : undefined;
    if (cause === undefined || cause === null || chain.includes(cause)) return chain;
    chain.push(cause);
  }
}

/** The places of one error, the outermost first. */
function placesOf(error: unknown): { file: string; line: string }[] {
  return stackOf(error)
    .split('\n')
    .flatMap((text) => {
      const [, address, line] = FRAME.exec(text.trimEnd()) ?? [];
      if (!text.trimStart().startsWith('at ') || address === undefined || line === undefined) return [];
      const file = address.startsWith('file:') ? fileURLToPath(address) : address;
      return NOISE.some((folder) => file.startsWith(folder)) ? [] : [{ file, line }];
    })
    .reverse();
}

function stackOf(error: unknown): string {
  try {
    const stack = error instanceof Error ? error.stack : undefined;
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
}
