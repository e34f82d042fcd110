/** Owns reading the body of an answer out of the bytes that have come so far. */

export interface BodyRead {
  readonly text: string;
  /** Bytes that the body takes, its framing included. */
  readonly size: number;
  readonly complete: boolean;
}

/** `closed`: no more bytes will come, which ends a body that says nothing about its length. */
export function readBody(bytes: Buffer, headers: Readonly<Record<string, string>>, closed: boolean): BodyRead {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(bytes);
  const size = headers['content-length'];
  if (size === undefined) return { text: bytes.toString('utf8'), size: bytes.length, complete: closed };
  const length = Number(size);
  return { text: bytes.toString('utf8', 0, length), size: length, complete: bytes.length >= length };
}

function readChunks(bytes: Buffer): BodyRead {
  const pieces: Buffer[] = [];
  let at = 0;
  const read = (complete: boolean): BodyRead => ({ text: Buffer.concat(pieces).toString('utf8'), size: at, complete });
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return read(false);
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (bytes.length < line + 2 + size + 2) return read(false);
    pieces.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
    if (size === 0) return read(true);
  }
}
