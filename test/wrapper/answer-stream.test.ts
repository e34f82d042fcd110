/** Owns the rules of streamed answers: the promised length is kept, and an event stream shows that it is alive. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { AnswerStream } from '../../wrapper/http/answer-stream.ts';

class Response extends EventEmitter {
  written = '';
  ended = false;
  writableNeedDrain = false;
  readonly #type: string;

  constructor(type: string) {
    super();
    this.#type = type;
  }
  getHeader = () => this.#type;
  write(piece: Buffer | string): boolean {
    this.written += String(piece);
    return !this.writableNeedDrain;
  }
  end(): void {
    this.ended = true;
  }
}

function stream(type: string, contentLength?: number) {
  const res = new Response(type);
  const granted: number[] = [];
  const head = { status: 200, headers: [], contentLength };
  return {
    res,
    granted,
    answer: new AnswerStream(res as unknown as ServerResponse, head, (bytes) => granted.push(bytes)),
  };
}

test('an answer of the promised length ends well', () => {
  const { res, answer } = stream('text/plain', 5);
  answer.write(Buffer.from('123'));
  answer.write(Buffer.from('45'));
  expect([answer.end(), res.written, res.ended]).toEqual([true, '12345', true]);
});

test('more than was promised never gets out: it would be read as the next answer', () => {
  const { res, answer } = stream('text/plain', 4);
  answer.write(Buffer.from('123'));
  answer.write(Buffer.from('456'));
  expect([answer.end(), res.written]).toEqual([true, '1234']);
});

test('less than was promised is no end', () => {
  const { res, answer } = stream('text/plain', 4);
  answer.write(Buffer.from('123'));
  expect([answer.end(), res.ended]).toEqual([false, false]);
});

test('a silent event stream gets a comment every 15 seconds, but not while its reader is behind', () => {
  const { res, answer } = stream('text/event-stream; charset=utf-8');
  answer.write(Buffer.from('data: 1\n\n'));
  for (const now of [1, 15_000, 15_001, 30_000, 30_002]) answer.check(now);
  expect(res.written).toBe('data: 1\n\n:\n\n:\n\n');
  res.writableNeedDrain = true;
  answer.check(99_000);
  expect(res.written).toBe('data: 1\n\n:\n\n:\n\n');
  res.writableNeedDrain = false;
  answer.write(Buffer.from('data: 2\n\n'));
  answer.check(100_000);
  answer.check(114_999);
  expect(res.written).toBe('data: 1\n\n:\n\n:\n\ndata: 2\n\n');
});

test('other streams get no comments', () => {
  const { res, answer } = stream('application/x-ndjson');
  for (const now of [1, 99_000]) answer.check(now);
  expect(res.written).toBe('');
});

test('room is given back when pieces have gone out', () => {
  const { res, granted, answer } = stream('text/plain');
  const piece = Buffer.alloc(40_000);
  answer.write(piece);
  expect(granted).toEqual([]);
  answer.write(piece);
  expect(granted).toEqual([80_000]);
  res.writableNeedDrain = true;
  answer.write(piece);
  answer.write(piece);
  expect(granted).toEqual([80_000]);
  res.emit('drain');
  expect(granted).toEqual([80_000, 80_000]);
});
