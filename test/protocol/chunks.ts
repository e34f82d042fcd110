/** Owns cutting bytes into chunks, as a socket may deliver them, and frames of any content. */
import fc from 'fast-check';
import { type Frame, FrameType } from '../../wrapper/protocol/frame.ts';

/** Cuts at the given places; two equal ones give an empty chunk. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end));
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Any frame the protocol can carry; its meta is any text, which the framing does not look at. */
export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom(...Object.values(FrameType)),
  flags: fc.nat(0xff),
  endpoint: fc.nat(0xffff),
  id: fc.nat(0xffff_ffff),
  meta: fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 60 })).map((text) => Buffer.from(text)),
  body: fc.oneof({ weight: 4, arbitrary: bytes(64) }, { weight: 1, arbitrary: bytes(3000) }),
});
