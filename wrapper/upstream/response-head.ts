/** Owns the head of a program's answer: what of it the caller gets to see. */
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

/** What is passed on of headers whose framing has been read already. */
export function answerHead(
  raw: readonly string[],
  contentLength: number | undefined,
  { passage, isOwn }: { passage: Passage; isOwn: IsOwn },
): AnswerHead {
  const named = connectionOptions(raw);
  const headers: string[] = [];
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  let fault: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    let value = raw[i + 1] as string;
    switch (name.toLowerCase()) {
      case 'transfer-encoding':
      case 'content-length':
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
  return { headers, contentLength, contentType, contentEncoding, fault };
}
