/** Owns the head of a program's answer: whether it can be trusted, and what of it the caller gets to see. */
import type { IncomingMessage } from 'node:http';
import { FAULT_HEADER } from '../http/respond.ts';
import { type IsOwn, type Passage, publicAddress, publicCookie } from './addresses.ts';
import { changeRefresh } from './page-links.ts';
import { connectionOptions } from './request-head.ts';

export interface AnswerHead {
  /** Names and values in turn. */
  readonly headers: string[];
  /** Undefined when the program did not say. */
  readonly contentLength: number | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Whose fault an error is, when the program itself says so. */
  readonly fault: string | undefined;
}

/**
 * Reads the head; a text says why it must not be passed on: two readers could take its body to end in different places.
 */
export function answerHead(answer: IncomingMessage, passage: Passage, isOwn: IsOwn): AnswerHead | string {
  const raw = answer.rawHeaders;
  const named = connectionOptions(raw);
  const headers: string[] = [];
  let contentLength: number | undefined;
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  let fault: string | undefined;
  let chunked = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    let value = raw[i + 1] as string;
    switch (name.toLowerCase()) {
      case 'transfer-encoding':
        if (chunked || !/^chunked$/i.test(value)) return 'a Transfer-Encoding that is not exactly "chunked"';
        chunked = true;
        continue;
      case 'content-length':
        if (contentLength !== undefined || !/^\d{1,15}$/.test(value)) return 'a malformed Content-Length';
        contentLength = Number(value);
        continue;
      case 'connection':
      case 'keep-alive':
      case 'proxy-connection':
      case 'upgrade':
        continue;
      case 'content-type':
        contentType = value;
        break;
      case 'content-encoding':
        contentEncoding = value;
        break;
      case FAULT_HEADER:
        fault = value;
        break;
      case 'location':
      case 'content-location':
        value = publicAddress(value, passage, isOwn);
        break;
      case 'refresh':
        value = changeRefresh(value, (address) => publicAddress(address, passage, isOwn));
        break;
      case 'set-cookie':
        value = publicCookie(value, passage);
    }
    if (named?.has(name.toLowerCase())) continue;
    headers.push(name, value);
  }
  if (chunked && contentLength !== undefined) return 'both a Content-Length and a Transfer-Encoding';
  return { headers, contentLength, contentType, contentEncoding, fault };
}
