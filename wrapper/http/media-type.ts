/** Owns the media type of a file by the ending of its name. */
import { extname } from 'node:path';

/** The rest is plain text, which is what callers of jobs have always been told. */
const MEDIA_TYPES: { readonly [ending: string]: string } = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  csv: 'text/csv',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  map: 'application/json',
  md: 'text/markdown',
  mjs: 'text/javascript',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  otf: 'font/otf',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  tsv: 'text/tab-separated-values',
  ttf: 'font/ttf',
  txt: 'text/plain',
  wasm: 'application/wasm',
  wav: 'audio/x-wav',
  webm: 'video/webm',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
  xml: 'text/xml',
  yaml: 'text/plain',
  yml: 'text/plain',
  zip: 'application/zip',
};

/** The media type as sent: text says that it is UTF-8. */
export function guessMediaType(path: string): string {
  const ending = extname(path).slice(1).toLowerCase();
  const type = Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined;
  const known = type ?? 'text/plain';
  return known.startsWith('text/') ? `${known}; charset=utf-8` : known;
}
