/** Owns sending files: media types, validators for caches, ranges, and what a path may not reach. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StaticFile } from '../protocol/messages.ts';
import { guessMediaType } from './media-type.ts';

export { guessMediaType } from './media-type.ts';

/** Sends one file as it is now; one that has vanished is a 404. */
export async function serveStaticFile(
  file: Pick<StaticFile, 'file' | 'mediaType'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const handle = await openFile(file.file);
  if (handle === null) return notFound(response);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return notFound(response);
    await sendFile({ handle, stats, mediaType: file.mediaType || guessMediaType(file.file) }, request, response);
  } finally {
    await handle.close();
  }
}

/**
 * Sends the file at `relativePath`, the percent-encoded part of the address below the folder's own.
 * Whatever leads out of the folder, links included, is a 404.
 */
export async function serveFolder(
  folder: string,
  relativePath: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = await resolveInside(folder, relativePath);
  if (path === null) return notFound(response);
  return serveStaticFile({ file: path, mediaType: guessMediaType(path) }, request, response);
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
  readonly mediaType: string;
}

interface ByteRange {
  readonly start: number;
  /** The last byte, inclusive. */
  readonly end: number;
}

/** Opens without waiting, so that a named pipe cannot hold us up. */
async function openFile(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

async function sendFile(file: OpenFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { size, mtime } = file.stats;
  const etag = `"${size.toString(16)}-${Math.trunc(file.stats.mtimeMs).toString(16)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', mtime.toUTCString());
  response.setHeader('Accept-Ranges', 'bytes');
  if (isUnchanged(request, etag, mtime)) {
    response.writeHead(304).end();
    return;
  }
  const range = mayUseRange(request, etag, mtime) ? parseRange(request.headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const partial = range !== 'whole';
  response.writeHead(partial ? 206 : 200, {
    'Content-Type': file.mediaType,
    'Content-Length': end - start + 1,
    ...(partial && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  await stream(file.handle, { start, end }, response);
}

async function stream(handle: FileHandle, range: ByteRange, response: ServerResponse): Promise<void> {
  const length = range.end - range.start + 1;
  if (length === 0) {
    response.end();
    return;
  }
  const source = handle.createReadStream({ ...range, autoClose: false });
  try {
    await pipeline(source, response, { end: false });
  } catch {
    response.destroy();
    return;
  }
  // A file that shrank meanwhile cannot fill the announced length: only a broken connection tells the caller.
  if (source.bytesRead === length) response.end();
  else response.destroy();
}

function isUnchanged(request: IncomingMessage, etag: string, mtime: Date): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) return known.split(',').some((tag) => matches(tag.trim(), etag));
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && seconds(mtime.getTime()) <= seconds(since);
}

const matches = (tag: string, etag: string): boolean => tag === '*' || tag.replace(/^W\//, '') === etag;

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** `If-Range` asks for the part only if the file is still the one the caller has the rest of. */
function mayUseRange(request: IncomingMessage, etag: string, mtime: Date): boolean {
  const condition = request.headers['if-range'];
  if (typeof condition !== 'string') return true;
  return condition.startsWith('"') ? condition === etag : seconds(Date.parse(condition)) === seconds(mtime.getTime());
}

/** A single range of bytes; several of them, or another unit, are answered with the whole file, as HTTP allows. */
function parseRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'whole';
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return 'whole';
  return start >= size || end < start ? 'unsatisfiable' : { start, end };
}

async function resolveInside(folder: string, relativePath: string): Promise<string | null> {
  const segments = decodeSegments(relativePath);
  if (segments === null) return null;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...segments));
    return path.startsWith(root.endsWith(sep) ? root : root + sep) ? path : null;
  } catch {
    return null;
  }
}

/** Decodes once, segment by segment: an encoded slash does not separate, and is no part of a file's name either. */
function decodeSegments(relativePath: string): string[] | null {
  try {
    const segments = relativePath.split('/').filter((segment) => segment !== '');
    const decoded = segments.map(decodeURIComponent);
    return decoded.some((segment) => segment === '..' || /[/\\\0]/.test(segment)) ? null : decoded;
  } catch {
    return null;
  }
}

function notFound(response: ServerResponse): void {
  const body = '{"detail":"Not Found"}';
  response.writeHead(404, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
}
