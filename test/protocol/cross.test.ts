/** What one side encodes, the other decodes and encodes to the same bytes. */
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHead, FrameDecoder } from '../../wrapper/protocol/frame.ts';
import { anyFrame } from './chunks.ts';

const FRAMES = 2000;

test('random frames pass through Python and come back byte for byte', async () => {
  const seed = Date.now() & 0x7fff_ffff;
  const frames = fc.sample(anyFrame, { numRuns: FRAMES, seed });
  const input = Buffer.concat(
    frames.flatMap(({ type, id, body, meta, endpoint, flags }) => [
      encodeHead(type, id, body.length, meta.toString('utf8'), endpoint, flags),
      body,
    ]),
  );
  const { stdout } = await execa('python3', [join(import.meta.dirname, 'reencode.py')], { input, encoding: 'buffer' });
  expect(Buffer.compare(Buffer.from(stdout), input), `seed ${seed}`).toBe(0);
  let decoded = 0;
  const decoder = new FrameDecoder((frame) => {
    expect(frame, `seed ${seed}`).toEqual(frames[decoded]);
    decoded += 1;
  });
  decoder.push(Buffer.from(stdout));
  expect(decoded).toBe(FRAMES);
});
