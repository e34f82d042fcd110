/** Owns importing the job's file: TypeScript through a bundle, which is made anew only when a file has changed. */
import { pathToFileURL } from 'node:url';
import { cachePath, readFreshBundle } from './bundle-cache.ts';

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;

/** A plain file that imports what only a bundle can give it: TypeScript, or the package `racetrack` where it is not installed. */
const NEEDS_BUNDLE = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

export async function importEntrypoint(entrypoint: string): Promise<Exports> {
  const cached = cachePath(entrypoint, process.env);
  if (readFreshBundle(cached)) return importFile(cached);
  if (/\.[cm]?ts$/.test(entrypoint)) return importBundle(entrypoint, cached);
  try {
    return await importFile(entrypoint);
  } catch (error) {
    if (!needsBundle(error as NodeJS.ErrnoException)) throw error;
    return importBundle(entrypoint, cached);
  }
}

async function importBundle(entrypoint: string, cached: string): Promise<Exports> {
  const { bundle } = await import('./bundle.ts');
  return importFile(await bundle(entrypoint, cached));
}

const importFile = (path: string): Promise<Exports> => import(pathToFileURL(path).href) as Promise<Exports>;

function needsBundle({ code = '', message }: NodeJS.ErrnoException): boolean {
  return NEEDS_BUNDLE.has(code) && /\.[cm]?tsx?\b|'racetrack'/.test(message);
}
