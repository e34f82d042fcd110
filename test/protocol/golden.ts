/** Owns reading the golden transcripts: frames in words and in bytes, as test/protocol/golden/README.md describes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFrame, type Frame, FrameFlag, FrameType } from '../../wrapper/protocol/frame.ts';

export interface GoldenFrame {
  readonly to: 'worker' | 'wrapper';
  readonly type: keyof typeof FrameType;
  readonly id: number;
  readonly endpoint: number;
  readonly flags: readonly (keyof typeof FrameFlag)[];
  readonly meta?: object;
  readonly body?: { readonly text: string } | { readonly base64: string };
  readonly hex: string;
}

export interface Transcript {
  readonly name: string;
  readonly frames: readonly GoldenFrame[];
}

const FOLDER = join(import.meta.dirname, 'golden');

export function readTranscripts(): Transcript[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => ({
    name: file.replace('.json', ''),
    frames: (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Transcript).frames,
  }));
}

export const bytesOf = (frame: GoldenFrame): Buffer => Buffer.from(frame.hex.replaceAll(' ', ''), 'hex');

/** Encodes the words. */
export function encodeGolden(frame: GoldenFrame): Buffer {
  return encodeFrame({
    type: FrameType[frame.type],
    id: frame.id,
    endpoint: frame.endpoint,
    flags: bitsOf(frame),
    ...(frame.meta ? { meta: frame.meta } : {}),
    body: bodyOf(frame),
  });
}

/** The words of a decoded frame, in the form of {@link wordsOf}. */
export function describeFrame(frame: Frame): object {
  const { type, id, endpoint, flags, meta, body } = frame;
  return { type, id, endpoint, flags, meta: meta.toString('utf8'), body: body.toString('hex') };
}

export function wordsOf(frame: GoldenFrame): object {
  return {
    type: FrameType[frame.type],
    id: frame.id,
    endpoint: frame.endpoint,
    flags: bitsOf(frame),
    meta: frame.meta ? JSON.stringify(frame.meta) : '',
    body: bodyOf(frame).toString('hex'),
  };
}

const bitsOf = (frame: GoldenFrame): number => frame.flags.reduce((bits, flag) => bits | FrameFlag[flag], 0);

function bodyOf({ body }: GoldenFrame): Buffer {
  if (!body) return Buffer.alloc(0);
  return 'text' in body ? Buffer.from(body.text) : Buffer.from(body.base64, 'base64');
}
