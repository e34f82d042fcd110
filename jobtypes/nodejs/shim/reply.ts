/** Owns answers that are bytes: web responses, files and streams of bytes. */
import type { Readable } from 'node:stream';
import { FrameType } from '../../../wrapper/protocol/frame.ts';
import type { ReplyMeta } from '../../../wrapper/protocol/messages.ts';
import { attachment } from '../sdk/file.ts';
import type { Call } from './call.ts';
import type { Connection } from './connection.ts';
import { failureOf } from './failures.ts';
import { OutgoingStream } from './streams.ts';

type Pieces = AsyncIterable<Uint8Array | string>;

interface BytesReply {
  readonly head: ReplyMeta;
  readonly body: Uint8Array | Pieces | null;
}

const OCTETS = 'application/octet-stream';

/** The answer that a result of bytes means; undefined for one that becomes JSON. */
export function bytesReply(value: object): BytesReply | undefined {
  if (value instanceof Uint8Array) return { head: { mediaType: OCTETS }, body: value };
  if (value instanceof ArrayBuffer) return { head: { mediaType: OCTETS }, body: new Uint8Array(value) };
  switch (Object.prototype.toString.call(value)) {
    case '[object Response]':
      return responseReply(value as Response);
    case '[object Blob]':
    case '[object File]':
      return blobReply(value as Blob);
    case '[object ReadableStream]':
      return { head: { mediaType: OCTETS }, body: value as ReadableStream<Uint8Array> };
  }
  return isReadable(value) ? { head: { mediaType: OCTETS }, body: value } : undefined;
}

function responseReply(response: Response): BytesReply {
  const headers = [...response.headers].flat();
  return { head: { status: response.status, headers }, body: response.body as Pieces | null };
}

function blobReply(blob: Blob): BytesReply {
  const name = (blob as Partial<File>).name;
  const headers = ['content-length', String(blob.size)];
  if (name !== undefined) headers.push('content-disposition', attachment(name));
  return { head: { mediaType: blob.type || OCTETS, headers }, body: blob.stream() };
}

const isReadable = (value: object): value is Readable =>
  typeof (value as Readable).pipe === 'function' && Symbol.asyncIterator in value;

/** Sends the answer; a failure after the first piece breaks it off. */
export async function sendBytes(connection: Connection, call: Call, { head, body }: BytesReply): Promise<void> {
  if (body === null || body instanceof Uint8Array) {
    const pieces = body === null ? [] : [Buffer.from(body.buffer, body.byteOffset, body.byteLength)];
    connection.send(FrameType.result, call.id, { meta: JSON.stringify(head), body: pieces });
    return;
  }
  const stream = new OutgoingStream(connection, call, head);
  const pieces = body[Symbol.asyncIterator]();
  try {
    while (!call.cancelled) {
      const step = await call.orLeft(pieces.next());
      if (step === undefined || step.done) break;
      stream.put(typeof step.value === 'string' ? Buffer.from(step.value) : Buffer.from(step.value));
      const room = stream.room();
      if (room) await call.orLeft(room);
    }
    if (call.cancelled) void Promise.resolve(pieces.return?.()).catch(() => undefined);
    stream.end();
  } catch (error) {
    if (!stream.begun) throw error;
    stream.end(failureOf(error).meta);
  }
}
