/** Owns bytes that a job returns with a media type and a name. */

export interface FileOptions {
  /** Such as `image/png`; by default `application/octet-stream`. */
  readonly mediaType?: string;
  /** Under which name the caller's browser saves it; without one it is shown if possible. */
  readonly name?: string;
}

type Bytes = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/**
 * An answer of bytes.
 * @example
 * return file(await chart.png(), { mediaType: 'image/png', name: 'chart.png' });
 */
export function file(data: Bytes, { mediaType, name }: FileOptions = {}): Response {
  const given = mediaType ?? (data instanceof Blob ? data.type : '');
  const headers = new Headers({ 'content-type': given === '' ? 'application/octet-stream' : given });
  const known = name ?? (data instanceof File ? data.name : undefined);
  if (known !== undefined) headers.set('content-disposition', attachment(known));
  const body = isStreamable(data) ? (ReadableStream.from(data) as ReadableStream<Uint8Array>) : data;
  return new Response(body as Uint8Array, { headers });
}

const isStreamable = (data: Bytes): data is AsyncIterable<Uint8Array | string> =>
  typeof data === 'object' && Symbol.asyncIterator in data && !(data instanceof ReadableStream);

/** A plain name for all, and the exact one for those who can read it (RFC 6266). */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%/]/g, '_');
  const exact = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const simple = `attachment; filename="${plain}"`;
  return plain === name ? simple : `${simple}; filename*=UTF-8''${exact}`;
}
