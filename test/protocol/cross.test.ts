/** What one side encodes, the other decodes and encodes to the same bytes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHead, FrameDecoder } from '../../wrapper/protocol/frame.ts';
import { CACHE, COMPILE_LIMIT, GO } from '../jobtypes/golang/go-jobs.ts';
import { anyFrame } from './chunks.ts';

const FRAMES = 2000;

interface Language {
  readonly language: string;
  /** Decodes frames from standard input, and writes them encoded anew. */
  readonly reencode: (input: Buffer) => Promise<{ readonly stdout: Uint8Array }>;
}

const LANGUAGES: readonly Language[] = [
  {
    language: 'Python',
    reencode: (input) => execa('python3', [join(import.meta.dirname, 'reencode.py')], { input, encoding: 'buffer' }),
  },
  ...(GO === undefined ? [] : [{ language: 'Go', reencode: throughGo }]),
];

/** The Go side decodes where its tests are compiled in. */
async function throughGo(input: Buffer) {
  const folder = join(import.meta.dirname, '../../jobtypes/golang');
  const program = join(CACHE, `shim-tests-${process.pid}`);
  await execa(GO as string, ['test', '-c', '-o', program, './shim'], { cwd: folder });
  try {
    return await execa(program, [], {
      cwd: join(folder, 'shim'),
      input,
      encoding: 'buffer',
      env: { RACETRACK_REENCODE: '1' },
    });
  } finally {
    rmSync(program);
  }
}

test.each(LANGUAGES)(
  'random frames pass through $language and come back byte for byte',
  async ({ reencode }) => {
    const seed = Date.now() & 0x7fff_ffff;
    const frames = fc.sample(anyFrame, { numRuns: FRAMES, seed });
    const input = Buffer.concat(
      frames.flatMap(({ type, id, body, meta, endpoint, flags }) => [
        encodeHead(type, id, body.length, meta.toString('utf8'), endpoint, flags),
        body,
      ]),
    );
    const { stdout } = await reencode(input);
    expect(Buffer.compare(Buffer.from(stdout), input), `seed ${seed}`).toBe(0);
    let decoded = 0;
    const decoder = new FrameDecoder((frame) => {
      expect(frame, `seed ${seed}`).toEqual(frames[decoded]);
      decoded += 1;
    });
    decoder.push(Buffer.from(stdout));
    expect(decoded).toBe(FRAMES);
  },
  COMPILE_LIMIT,
);
