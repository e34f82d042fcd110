/** Whatever arrives, in whatever chunks: the same frames, or a typed error; never anything else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeHead,
  type Frame,
  FrameDecoder,
  FrameType,
  HEADER_BYTES,
  ProtocolError,
} from '../../wrapper/protocol/frame.ts';
import { anyFrame, cutAt } from './chunks.ts';

const RUNS = { numRuns: 300 };
const encode = ({ type, id, meta, endpoint, flags, body }: Frame): Buffer =>
  Buffer.concat([encodeHead(type, id, body.length, meta.toString('utf8'), endpoint, flags), body]);
const cuts = fc.array(fc.nat(20_000), { maxLength: 40 });

function collector(limits?: { maxBody?: number; maxMeta?: number }) {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame), limits);
  return { frames, decoder };
}

/** Pushes until the decoder refuses; any other exception fails the test. */
function pushAll(decoder: FrameDecoder, chunks: readonly Buffer[]): ProtocolError | undefined {
  for (const chunk of chunks) {
    try {
      decoder.push(chunk);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      return error as ProtocolError;
    }
  }
  return undefined;
}

test('frames survive any chunking', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), cuts, (frames, places) => {
      const stream = Buffer.concat(frames.map(encode));
      const { frames: seen, decoder } = collector();
      for (const chunk of cutAt(
        stream,
        places.map((place) => place % (stream.length + 1)),
      ))
        decoder.push(chunk);
      expect(seen).toEqual(frames);
      expect(decoder.pending).toBe(false);
    }),
    RUNS,
  );
});

test('a truncated frame stays pending and is not shown', () => {
  fc.assert(
    fc.property(anyFrame, anyFrame, fc.nat(), cuts, (whole, torn, place, places) => {
      const tornBytes = encode(torn);
      const stream = Buffer.concat([encode(whole), tornBytes.subarray(0, 1 + (place % (tornBytes.length - 1)))]);
      const { frames, decoder } = collector();
      for (const chunk of cutAt(
        stream,
        places.map((each) => each % (stream.length + 1)),
      ))
        decoder.push(chunk);
      expect(frames).toEqual([whole]);
      expect(decoder.pending).toBe(true);
      decoder.push(tornBytes.subarray(1 + (place % (tornBytes.length - 1))));
      expect(frames).toEqual([whole, torn]);
      expect(decoder.pending).toBe(false);
    }),
    RUNS,
  );
});

test('garbage gives frames or a ProtocolError, the same for any chunking, and the error stays', () => {
  const garbage = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
  // Mostly small numbers, so that a good part of the garbage has lengths within the limits.
  const plausible = fc
    .array(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 5, 68) }, { weight: 1, arbitrary: fc.nat(255) }),
      {
        maxLength: 400,
      },
    )
    .map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 2 }), fc.oneof(garbage, plausible), cuts, (frames, tail, places) => {
      const stream = Buffer.concat([...frames.map(encode), tail]);
      const whole = collector();
      const wholeError = pushAll(whole.decoder, [stream]);
      const pieces = collector();
      const error = pushAll(
        pieces.decoder,
        cutAt(
          stream,
          places.map((place) => place % (stream.length + 1)),
        ),
      );
      expect(pieces.frames).toEqual(whole.frames);
      expect(pieces.frames.slice(0, frames.length)).toEqual(frames);
      expect(error?.message).toBe(wholeError?.message);
      if (error) {
        for (const more of [Buffer.alloc(0), encode(frames[0] ?? PING), Buffer.alloc(100)]) {
          expect(() => pieces.decoder.push(more)).toThrow(error);
        }
        expect(pieces.decoder.pending).toBe(false);
      }
    }),
    RUNS,
  );
});

const PING: Frame = {
  type: FrameType.ping,
  flags: 0,
  endpoint: 0,
  id: 1,
  meta: Buffer.alloc(0),
  body: Buffer.alloc(0),
};

/** A header with lengths that nothing needs to follow. */
function header(bodyLength: number, metaLength: number, type = 1): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32LE(bodyLength, 0);
  head.writeUInt32LE(metaLength, 8);
  head[14] = type;
  return head;
}

describe('limits', () => {
  test.each([
    ['a body over 2 GiB', header(0x8000_0000, 0), 'a body of 2147483648 bytes'],
    ['the largest body that can be written', header(0xffff_ffff, 0), 'a body of 4294967295 bytes'],
    ['a meta over 4 MiB', header(0, 4 * 1024 * 1024 + 1), 'a meta of 4194305 bytes'],
    ['type 0', header(0, 0, 0), 'unknown frame type 0'],
    ['a type between the two ranges', header(0, 0, 10), 'unknown frame type 10'],
    ['a type above', header(0, 0, 78), 'unknown frame type 78'],
  ])('%s is refused as soon as the header is there', (_name, head, message) => {
    const { decoder, frames } = collector();
    decoder.push(head.subarray(0, HEADER_BYTES - 1));
    expect(() => decoder.push(head.subarray(HEADER_BYTES - 1))).toThrow(message);
    expect(frames).toEqual([]);
  });

  test('a length at the limit is taken, one more is not', () => {
    const limits = { maxBody: 10, maxMeta: 5 };
    const { decoder, frames } = collector(limits);
    decoder.push(Buffer.concat([header(10, 5), Buffer.alloc(15)]));
    expect(frames).toHaveLength(1);
    expect(() => decoder.push(header(11, 5))).toThrow('a body of 11 bytes is over the limit');
    expect(() => collector(limits).decoder.push(header(10, 6))).toThrow('a meta of 6 bytes is over the limit');
  });

  test('an announced body costs no memory until it arrives', () => {
    const before = process.memoryUsage();
    const decoders = Array.from({ length: 50 }, () => collector().decoder);
    for (const decoder of decoders) decoder.push(header(0x7fff_ffff, 0));
    const after = process.memoryUsage();
    expect(decoders.every((decoder) => decoder.pending)).toBe(true);
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(50 * 1024 * 1024);
  });
});
