/** Owns reading a program's answer off its connection. Whatever two readers could understand in different ways is refused. */

export interface WireHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  /** Undefined when the length is not said beforehand, and for an answer without a body whose length is not said either. */
  readonly contentLength: number | undefined;
}

export interface AnswerSink {
  /** The answer's head; interim answers (1xx) are passed over. */
  onHead(head: WireHead): void;
  onPiece(piece: Buffer): void;
  /** The answer is complete. `rawTrailers` are names and values in turn. */
  onEnd(rawTrailers: readonly string[]): void;
}

/** The answer is no valid HTTP, or a doubtful one; the text continues "the program answered with". */
export class AnswerProblem extends Error {}

export interface Framing {
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  /** What the Connection header says, if it says one of these. */
  readonly connection: 'keep-alive' | 'close' | undefined;
}

type State = 'head' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'done';

const MAX_HEAD = 64 * 1024;
const MAX_SIZE_LINE = 1024;
const CRLF = '\r\n';
const HEAD_END = Buffer.from('\r\n\r\n');
const NONE = Buffer.alloc(0);
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const CHUNK_SIZE = /^([0-9a-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i;

export class AnswerParser {
  readonly #method: string;
  readonly #sink: AnswerSink;
  #state: State = 'head';
  #held: Buffer = NONE;
  /** Bytes that are still to come of the body, or of the chunk. */
  #left = 0;
  #keeps = false;

  constructor(method: string, sink: AnswerSink) {
    this.#method = method;
    this.#sink = sink;
  }

  /** Whether another request may follow on the connection; false until the answer is complete. */
  get keepsConnection(): boolean {
    return this.#keeps && this.#state === 'done';
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Throws an {@link AnswerProblem}; nothing more may be given to it then. */
  take(bytes: Buffer): void {
    let rest: Buffer | undefined = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NONE;
    while (rest !== undefined && rest.length > 0) rest = this.#step(rest);
  }

  /** The program has closed its side. Throws an {@link AnswerProblem} when the answer is not complete. */
  close(): void {
    if (this.#state === 'until-close') this.#end([]);
    else if (this.#state !== 'done') throw new AnswerProblem('an answer that is cut short');
  }

  /** What is left after one step; undefined when more has to come first. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes);
      case 'length':
      case 'chunk':
        return this.#readBody(bytes);
      case 'size':
        return this.#readSize(bytes);
      case 'chunk-end':
        return this.#readChunkEnd(bytes);
      case 'trailers':
        return this.#readTrailers(bytes);
      case 'until-close':
        this.#sink.onPiece(bytes);
        return undefined;
      case 'done':
        this.#keeps = false; // an answer that nobody has asked for
        return undefined;
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 || end > MAX_HEAD) return this.#hold(bytes, MAX_HEAD);
    const [first = '', ...lines] = bytes.toString('latin1', 0, end).split(CRLF);
    const rest = bytes.subarray(end + HEAD_END.length);
    const [, minor, code, reason = ''] = STATUS_LINE.exec(first) ?? [];
    if (code === undefined) throw new AnswerProblem('a malformed status line');
    const status = Number(code);
    if (status === 101) throw new AnswerProblem('a change of protocol that nobody has asked for');
    const rawHeaders = readFields(lines);
    if (status < 200) return rest;
    const framing = readFraming(rawHeaders);
    this.#keeps = framing.connection === undefined ? minor === '1' : framing.connection === 'keep-alive';
    this.#begin(status, framing);
    this.#sink.onHead({ status, reason, rawHeaders, contentLength: framing.contentLength });
    if (this.#state === 'done') this.#sink.onEnd([]);
    return rest;
  }

  #begin(status: number, { chunked, contentLength }: Framing): void {
    if (this.#method === 'HEAD' || status === 204 || status === 304 || (contentLength === 0 && !chunked)) {
      this.#state = 'done';
    } else if (chunked) {
      this.#state = 'size';
    } else if (contentLength === undefined) {
      this.#state = 'until-close';
      this.#keeps = false;
    } else {
      this.#state = 'length';
      this.#left = contentLength;
    }
  }

  #readBody(bytes: Buffer): Buffer {
    const piece = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= piece.length;
    this.#sink.onPiece(piece);
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunk-end';
      else this.#end([]);
    }
    return bytes.subarray(piece.length);
  }

  #readSize(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(CRLF);
    if (end < 0) return this.#hold(bytes, MAX_SIZE_LINE);
    const [, size] = CHUNK_SIZE.exec(bytes.toString('latin1', 0, end)) ?? [];
    if (size === undefined) throw new AnswerProblem('a malformed chunk');
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return bytes.subarray(end + CRLF.length);
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.length < CRLF.length) return this.#hold(bytes, CRLF.length);
    if (bytes.toString('latin1', 0, CRLF.length) !== CRLF) throw new AnswerProblem('a malformed chunk');
    this.#state = 'size';
    return bytes.subarray(CRLF.length);
  }

  #readTrailers(bytes: Buffer): Buffer | undefined {
    if (bytes.toString('latin1', 0, CRLF.length) === CRLF) {
      this.#end([]);
      return bytes.subarray(CRLF.length);
    }
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 || end > MAX_HEAD) return this.#hold(bytes, MAX_HEAD);
    this.#end(readFields(bytes.toString('latin1', 0, end).split(CRLF)));
    return bytes.subarray(end + HEAD_END.length);
  }

  #end(rawTrailers: readonly string[]): void {
    this.#state = 'done';
    this.#sink.onEnd(rawTrailers);
  }

  #hold(bytes: Buffer, limit: number): undefined {
    if (bytes.length > limit) throw new AnswerProblem(`a head or a line of more than ${limit} bytes`);
    this.#held = bytes;
  }
}

/** Names and values in turn. A line that continues the one before it is refused with everything else that has no name. */
function readFields(lines: readonly string[]): string[] {
  const fields: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (colon < 0 || !NAME.test(name) || !VALUE.test(value)) throw new AnswerProblem('a malformed header');
    fields.push(name, value);
  }
  return fields;
}

/** How long the body is. Throws an {@link AnswerProblem} when that is in doubt. */
export function readFraming(raw: readonly string[]): Framing {
  let contentLength: number | undefined;
  let chunked = false;
  let connection: Framing['connection'];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (contentLength !== undefined || !/^\d{1,15}$/.test(value))
        throw new AnswerProblem('a malformed Content-Length');
      contentLength = Number(value);
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (chunked || !/^chunked$/i.test(value))
        throw new AnswerProblem('a Transfer-Encoding that is not exactly "chunked"');
      chunked = true;
    } else if (name.length === 10 && name.toLowerCase() === 'connection') {
      if (/\bclose\b/i.test(value)) connection = 'close';
      else if (/\bkeep-alive\b/i.test(value)) connection ??= 'keep-alive';
    }
  }
  if (chunked && contentLength !== undefined) throw new AnswerProblem('both a Content-Length and a Transfer-Encoding');
  return { contentLength, chunked, connection };
}
