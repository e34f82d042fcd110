/** Owns one saving in Node's response: an answer that is complete in one piece is one write to the socket, not two. */
import { type IncomingMessage, ServerResponse } from 'node:http';

/** The method through which every piece of a response goes to its socket; Node's types leave it out. */
type WriteRaw = (
  data: string | Uint8Array,
  encoding?: BufferEncoding | null,
  callback?: () => void,
  size?: number,
) => boolean;

const writeRaw = (ServerResponse.prototype as unknown as { _writeRaw: WriteRaw })._writeRaw;

/**
 * `end(text)` makes Node write the text and then an empty string, whose only purpose is to be told when it is out: two pieces, and
 * so a vectored write, for every answer. Here the empty piece is left away and its callback called in the next tick.
 */
export class LeanResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  _writeRaw(
    data: string | Uint8Array,
    encoding?: BufferEncoding | null,
    callback?: () => void,
    size?: number,
  ): boolean {
    if (data === '' && callback !== undefined && this.socket !== null && !this.socket.destroyed) {
      process.nextTick(callback);
      return true;
    }
    return writeRaw.call(this, data, encoding, callback, size);
  }
}
