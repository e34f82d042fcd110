/** Owns the job's static files: the ones that it names, and those in the folders that it names. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { guessMediaType } from '../../../wrapper/http/media-type.ts';
import type { StaticFile } from '../../../wrapper/protocol/messages.ts';
import { isRecord } from './examples.ts';
import { JobError } from './job.ts';

/** Throws for a file that is not there. */
export function listStaticFiles(declared: unknown): StaticFile[] {
  if (declared === undefined || declared === null) return [];
  if (!isRecord(declared)) throw new JobError('staticEndpoints has to be an object of paths and files');
  return Object.entries(declared).flatMap(([path, given]) => expand(rooted(path), given));
}

export const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

function expand(path: string, given: unknown): StaticFile[] {
  const [source, mediaType] = (Array.isArray(given) ? given : [given]) as [unknown, string | undefined];
  if (typeof source !== 'string' || (mediaType !== undefined && typeof mediaType !== 'string')) {
    throw new JobError(`static endpoint ${path}: it has to be a path, or a list of path and media type`);
  }
  const file = resolve(source);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory())
    return filesIn(file).map((each) => staticFile(`${path.replace(/\/$/, '')}/${below(file, each)}`, each));
  if (stats?.isFile()) return [staticFile(path, file, mediaType)];
  throw new JobError(`static endpoint ${path}: there is no file ${file}`);
}

const below = (folder: string, file: string): string => relative(folder, file).split(sep).join('/');

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .sort();
}

function staticFile(path: string, file: string, given?: string): StaticFile {
  return { path, file, mediaType: given === undefined ? guessMediaType(file) : withCharset(given) };
}

const withCharset = (type: string): string =>
  type.startsWith('text/') && !type.includes('charset') ? `${type}; charset=utf-8` : type;
