/** Owns the bytes of the worker protocol: encoding and decoding frames (docs/worker-protocol.md). */

/** Bytes of the fixed frame header. */
export const HEADER_BYTES = 16;

/** The protocol's version; a worker states the one it speaks in `hello`. */
export const PROTOCOL_VERSION = 1;

/** What a frame says. 1 to 63 travel to the worker, 64 and above to the wrapper; `window` travels both ways. */
export const FrameType = {
  call: 1,
  input: 2,
  cancel: 3,
  http: 4,
  collect: 5,
  ping: 6,
  stop: 7,
  fork: 8,
  window: 9,
  hello: 64,
  phase: 65,
  ready: 66,
  failed: 67,
  result: 68,
  error: 69,
  chunk: 70,
  end: 71,
  log: 72,
  progress: 73,
  metrics: 74,
  pong: 75,
  forked: 76,
  exited: 77,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** Bits of a frame's flag byte. */
export const FrameFlag = {
  /** More pieces of this body follow in `input` frames. */
  more: 1,
  /** The piece is a WebSocket text message (else binary). */
  text: 2,
  /** The request body was not sent as JSON. */
  raw: 4,
} as const;

/** One message between the wrapper and a worker. `meta` is UTF-8 JSON, empty when there is nothing rare to say. */
export interface Frame {
  readonly type: FrameType;
  readonly flags: number;
  readonly endpoint: number;
  readonly id: number;
  readonly meta: Buffer;
  readonly body: Buffer;
}

export interface FrameLimits {
  /** Largest body in bytes that is accepted. */
  readonly maxBody: number;
  /** Largest meta in bytes that is accepted. */
  readonly maxMeta: number;
}

const DEFAULT_LIMITS: FrameLimits = { maxBody: 0x7fff_ffff, maxMeta: 4 * 1024 * 1024 };
const KNOWN_TYPES = new Set<number>(Object.values(FrameType));
const EMPTY = Buffer.alloc(0);

/** The peer broke the protocol; the connection cannot be used any further. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Writes a frame's header in front of `meta`; the body's bytes follow it on the wire untouched. */
export function encodeHead(
  type: FrameType,
  id: number,
  bodyLength: number,
  meta = '',
  endpoint = 0,
  flags = 0,
): Buffer {
  const metaLength = meta === '' ? 0 : Buffer.byteLength(meta);
  const head = Buffer.allocUnsafe(HEADER_BYTES + metaLength);
  head.writeUInt32LE(bodyLength, 0);
  head.writeUInt32LE(id, 4);
  head.writeUInt32LE(metaLength, 8);
  head.writeUInt16LE(endpoint, 12);
  head[14] = type;
  head[15] = flags;
  if (metaLength > 0) head.write(meta, HEADER_BYTES);
  return head;
}

/** Encodes a whole frame; `body` may be given as text. */
export function encodeFrame(frame: {
  type: FrameType;
  id?: number;
  endpoint?: number;
  flags?: number;
  meta?: object;
  body?: Buffer | string;
}): Buffer {
  const body = typeof frame.body === 'string' ? Buffer.from(frame.body) : (frame.body ?? EMPTY);
  const meta = frame.meta === undefined ? '' : JSON.stringify(frame.meta);
  return Buffer.concat([encodeHead(frame.type, frame.id ?? 0, body.length, meta, frame.endpoint, frame.flags), body]);
}

/**
 * Cuts a byte stream into frames, whatever the chunks it arrives in.
 * `push` throws {@link ProtocolError} for an unknown type or a length over the limits, and on every push after that.
 */
export class FrameDecoder {
  readonly #onFrame: (frame: Frame) => void;
  readonly #limits: FrameLimits;
  /** Bytes of an unfinished frame, joined only when the frame is complete. */
  #parts: Buffer[] = [];
  #held = 0;
  #wanted = HEADER_BYTES;
  #broken: ProtocolError | undefined;

  constructor(onFrame: (frame: Frame) => void, limits: Partial<FrameLimits> = {}) {
    this.#onFrame = onFrame;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether the stream stands inside a frame: ending it now would be a truncation. */
  get pending(): boolean {
    return this.#held > 0;
  }

  push(chunk: Buffer): void {
    if (this.#broken) throw this.#broken;
    let bytes = chunk;
    if (this.#held > 0) {
      this.#parts.push(chunk);
      this.#held += chunk.length;
      if (this.#held < this.#wanted) return;
      bytes = Buffer.concat(this.#parts, this.#held);
      this.#parts = [];
      this.#held = 0;
    }
    const rest = this.#cut(bytes);
    if (rest < bytes.length) {
      this.#parts = [bytes.subarray(rest)];
      this.#held = bytes.length - rest;
    }
  }

  /** Emits every complete frame; returns where the unfinished one begins and notes how many bytes it needs. */
  #cut(bytes: Buffer): number {
    let at = 0;
    this.#wanted = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const bodyLength = bytes.readUInt32LE(at);
      const metaLength = bytes.readUInt32LE(at + 8);
      const type = bytes[at + 14] as number;
      if (!KNOWN_TYPES.has(type)) this.#refuse(`unknown frame type ${type}`);
      if (bodyLength > this.#limits.maxBody) this.#refuse(`a body of ${bodyLength} bytes is over the limit`);
      if (metaLength > this.#limits.maxMeta) this.#refuse(`a meta of ${metaLength} bytes is over the limit`);
      const metaAt = at + HEADER_BYTES;
      const bodyAt = metaAt + metaLength;
      const end = bodyAt + bodyLength;
      if (end > bytes.length) {
        this.#wanted = end - at;
        return at;
      }
      this.#onFrame({
        type: type as FrameType,
        flags: bytes[at + 15] as number,
        endpoint: bytes.readUInt16LE(at + 12),
        id: bytes.readUInt32LE(at + 4),
        meta: metaLength === 0 ? EMPTY : bytes.subarray(metaAt, bodyAt),
        body: bodyLength === 0 ? EMPTY : bytes.subarray(bodyAt, end),
      });
      at = end;
    }
    return at;
  }

  #refuse(reason: string): never {
    this.#broken = new ProtocolError(`worker protocol: ${reason}`);
    this.#parts = [];
    this.#held = 0;
    throw this.#broken;
  }
}
