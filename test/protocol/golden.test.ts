/** The golden transcripts, replayed by the wrapper's side. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, FrameDecoder, FrameFlag, FrameType } from '../../wrapper/protocol/frame.ts';
import { cutAt } from './chunks.ts';
import { bytesOf, describeFrame, encodeGolden, readTranscripts, wordsOf } from './golden.ts';

const transcripts = readTranscripts();

test('the transcripts show every type of frame and every flag', () => {
  const frames = transcripts.flatMap((transcript) => transcript.frames);
  expect(new Set(frames.map((frame) => frame.type))).toEqual(new Set(Object.keys(FrameType)));
  expect(new Set(frames.flatMap((frame) => frame.flags))).toEqual(new Set(Object.keys(FrameFlag)));
});

test('types below 64 travel to the worker, others to the wrapper, a window both ways', () => {
  for (const frame of transcripts.flatMap((transcript) => transcript.frames)) {
    if (frame.type !== 'window') expect(frame.to).toBe(FrameType[frame.type] < 64 ? 'worker' : 'wrapper');
  }
});

describe.each(transcripts)('$name', ({ frames }) => {
  const bytes = Buffer.concat(frames.map(bytesOf));

  test('is encoded to exactly its bytes', () => {
    for (const [at, frame] of frames.entries()) {
      expect(encodeGolden(frame).toString('hex'), `frame ${at}`).toBe(bytesOf(frame).toString('hex'));
    }
  });

  test('is decoded from its bytes, cut anywhere', () => {
    const expected = frames.map(wordsOf);
    expect(decode([bytes])).toEqual(expected);
    expect(decode(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        expect(decode(cutAt(bytes, cuts))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

function decode(chunks: readonly Buffer[]): object[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame));
  for (const chunk of chunks) decoder.push(chunk);
  expect(decoder.pending).toBe(false);
  return frames.map(describeFrame);
}
