/** Owns which answers have their links changed, and what else of them changes with that. */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type IsOwn, type Passage, publicAddress } from './addresses.ts';
import { CssRewriter, HtmlRewriter } from './page-rewriter.ts';
import type { AnswerHead } from './response-head.ts';

const DECODERS: { readonly [encoding: string]: (() => Transform) | undefined } = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
/** They describe bytes that the caller does not get. */
const OUTDATED = new Set([
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
]);
const PARTIAL = 206;

export interface Rewriting {
  readonly head: AnswerHead;
  /** The body goes through these in turn. */
  readonly steps: readonly Transform[];
}

export interface Answered {
  readonly status: number;
  readonly passage: Passage;
  readonly isOwn: IsOwn;
}

/** Undefined for an answer that goes out as it is. */
export function rewriting(head: AnswerHead, { status, passage, isOwn }: Answered): Rewriting | undefined {
  const [type = '', ...parameters] = (head.contentType ?? '').toLowerCase().split(';');
  const Rewriter = { 'text/html': HtmlRewriter, 'text/css': CssRewriter }[type.trim()];
  const encoding = head.contentEncoding?.trim().toLowerCase() ?? 'identity';
  const decoder = DECODERS[encoding];
  const readable = encoding === 'identity' || decoder !== undefined;
  if (!Rewriter || !readable || status === PARTIAL || parameters.some((each) => each.includes('utf-16')))
    return undefined;
  const rewriter = new Rewriter((address) => publicAddress(address, passage, isOwn));
  return {
    head: { ...head, headers: headersOf(head.headers), contentLength: undefined },
    steps: decoder ? [decoder(), rewriter] : [rewriter],
  };
}

function headersOf(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    if (OUTDATED.has(name.toLowerCase())) continue;
    const weak = name.toLowerCase() === 'etag' && !value.startsWith('W/');
    kept.push(name, weak ? `W/${value}` : value);
  }
  return kept;
}
