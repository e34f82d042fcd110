/** The sink on a real pipe: a slow reader gets everything, a stuck one holds up nothing, one that is gone harms nobody. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { descriptorSink } from '../../wrapper/core/log.ts';

const MIB = 1024 * 1024;

/** A pipe that holds 64 KiB, read only when the test says so. */
function createPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-log-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  let readable = true;
  const closeReader = () => {
    if (readable) closeSync(reader);
    readable = false;
  };
  onTestFinished(() => {
    closeReader();
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });
  return { writer, closeReader, read: () => (readable ? readNow(reader) : '') };
}

function readNow(reader: number): string {
  const buffer = Buffer.alloc(MIB);
  let text = '';
  try {
    for (;;) {
      const size = readSync(reader, buffer);
      if (size === 0) return text;
      text += buffer.toString('utf8', 0, size);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return text;
  }
}

/** Reads until the text is as expected. */
async function readAll(read: () => string, expected: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!expected(text)) {
    text += read();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return text;
}

const numbered = (count: number, width: number) =>
  Array.from({ length: count }, (_, at) => `${String(at).padStart(width - 1, '.')}\n`);

test('a slow reader gets every line, in order', async () => {
  const { writer, read } = createPipe();
  const sink = descriptorSink(writer);
  const lines = numbered(20_000, 50);
  for (const [at, line] of lines.entries()) {
    sink.write(line);
    if (at % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const text = await readAll(read, (all) => all.length >= 20_000 * 50);
  expect(text).toBe(lines.join(''));
  expect(sink.dropped).toBe(0);
});

test('with a reader that is stuck memory stays bounded, and the gap is counted and told', async () => {
  const { writer, read } = createPipe();
  const sink = descriptorSink(writer);
  const lines = numbered(30_000, 1000);
  for (const line of lines) sink.write(line);
  expect(sink.dropped).toBeGreaterThan(20_000);
  const { dropped } = sink;
  await readAll(read, (all) => all.length >= (30_000 - dropped) * 1000);
  sink.write('after\n');
  const text = await readAll(read, (all) => all.includes('after\n'));
  expect(text).toMatch(
    new RegExp(`^\\[[^\\]]+\\] WARN  ${dropped} log lines were dropped because nobody read the log\\nafter\\n$`),
  );
  sink.write('later\n');
  expect(await readAll(read, (all) => all.includes('later\n'))).toBe('later\n');
});

test('the gap is told in the form of the other lines', async () => {
  const { writer, read } = createPipe();
  const sink = descriptorSink(writer, { structured: true });
  const big = `${'x'.repeat(MIB - 1)}\n`;
  for (let at = 0; at < 9; at += 1) sink.write(big);
  await readAll(read, (all) => all.length >= 8 * MIB);
  sink.write('{"msg":"after"}\n');
  const text = await readAll(read, (all) => all.includes('after'));
  expect(JSON.parse(text.split('\n')[0] as string)).toMatchObject({
    lvl: 'WARNING',
    msg: '1 log line was dropped because nobody read the log',
  });
});

test('flush brings out what waits, the piece that a full pipe holds back included', async () => {
  const { writer, read } = createPipe();
  const sink = descriptorSink(writer);
  const lines = numbered(4000, 100);
  for (const line of lines) sink.write(line);
  await new Promise((resolve) => setTimeout(resolve, 50)); // the pipe is full now, the rest waits for it
  sink.write('the last words\n');
  let text = '';
  const reading = setInterval(() => {
    text += read();
  }, 1);
  await sink.flush();
  clearInterval(reading);
  text += read();
  expect(text).toBe(`${lines.join('')}the last words\n`);
});

test('flush gives up on a reader that is stuck', async () => {
  const { writer } = createPipe();
  const sink = descriptorSink(writer);
  for (const line of numbered(4000, 100)) sink.write(line);
  await sink.flush();
});

test('a reader that is gone loses its lines, and nothing else happens', async () => {
  const { writer, closeReader } = createPipe();
  const sink = descriptorSink(writer);
  closeReader();
  sink.write('into nothing\n');
  await sink.flush();
  sink.write('again\n');
  await sink.flush();
  expect(sink.dropped).toBe(0);
});
