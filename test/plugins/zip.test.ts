/** Owns the proof that ZIPs from anywhere do no harm, and that our own are the same bytes every time. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackZip } from '../../plugins/zip-read.ts';
import { writeZip } from '../../plugins/zip-write.ts';
import { UserError } from '../../wrapper/core/errors.ts';
import { type HostileEntry, hostileZip } from './hostile-zip.ts';
import { temporaryFolder } from './plugins-folder.ts';

const file = (path: string, content = 'x', isExecutable = false) => ({
  path,
  content: Buffer.from(content),
  isExecutable,
});

async function unpack(zip: Buffer): Promise<string> {
  const folder = temporaryFolder();
  await unpackZip(zip, join(folder, 'files'));
  return join(folder, 'files');
}

describe('our own ZIPs', () => {
  it('hold the files, and which of them can be run', async () => {
    const folder = await unpack(await writeZip([file('b/run.sh', '#!/bin/sh\n', true), file('a.txt', 'ä')]));
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('ä');
    expect(statSync(join(folder, 'b/run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'a.txt')).mode & 0o777).toBe(0o644);
  });

  it('are the same bytes whatever the order of the files', async () => {
    const [one, other] = [file('a', '1'), file('B', '2')];
    expect(await writeZip([one, other])).toEqual(await writeZip([other, one]));
  });

  it('are read by other programs', async () => {
    const path = join(temporaryFolder(), 'a.zip');
    writeFileSync(path, await writeZip([file('a/b.txt', 'hello')]));
    const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.read("a/b.txt").decode())';
    expect(spawnSync('python3', ['-c', script, path], { encoding: 'utf8' }).stdout).toBe('None hello\n');
  });
});

const ZEROS = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
const REFUSED: readonly (readonly [string, readonly HostileEntry[], string])[] = [
  ['a path that leads out', [{ name: '../evil.txt' }], '"../evil.txt" leads out of the plugin'],
  ['one that does so further on', [{ name: 'a/../../evil.txt' }], 'leads out of the plugin'],
  ['one with backslashes', [{ name: '..\\evil.txt' }], 'not every system allows'],
  ['an absolute path', [{ name: '/etc/cron.d/evil' }], 'is an absolute path'],
  ['a path on a drive', [{ name: 'C:/evil' }], 'is an absolute path'],
  ['an empty part', [{ name: 'a//b' }], 'is no plain path'],
  ['a control character', [{ name: 'a\nb' }], 'not every system allows'],
  ['a link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }], 'is a link or a device'],
  ['a link, then a file below it', [{ name: 'a', content: '/tmp', mode: 0o120777 }, { name: 'a/b' }], 'is a link'],
  ['a device', [{ name: 'null', mode: 0o020666 }], 'is a link or a device'],
  ['a pipe', [{ name: 'pipe', mode: 0o010666 }], 'is a link or a device'],
  ['a name twice', [{ name: 'a' }, { name: 'a' }], '"a" is in it twice'],
  ['names that differ in case', [{ name: 'plugin.mjs' }, { name: 'PLUGIN.MJS' }], 'differs from plugin.mjs in upper'],
  ['names that are written in two ways', [{ name: 'é' }, { name: 'e\u0301' }], 'differs from é in upper'],
  ['a file that is a folder as well', [{ name: 'a' }, { name: 'a/b' }], 'is a file and a folder at once'],
  ['a folder that is a file as well', [{ name: 'a/b' }, { name: 'A' }], 'is a file and a folder at once'],
  ['a name that is no UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], 'is not UTF-8'],
  ['a name without end', [{ name: 'a/'.repeat(300) }], 'is too long'],
  ['zeros without end', [{ name: 'zeros', compressed: ZEROS, size: 10 * 1024 ** 3 }], '"zeros" is larger than 256 MB'],
  ['zeros that grow', [{ name: 'zeros', compressed: ZEROS, size: 64 * 1024 ** 2 }], 'grows more than 200 times'],
  ['a size that is a lie', [{ name: 'zeros', compressed: ZEROS, size: 1000 }], 'too many bytes in the stream'],
  ['damaged content', [{ name: 'a', content: 'hello', crc: 1 }], '"a" is damaged'],
  ['encryption', [{ name: 'a', compressed: deflateRawSync('x'), size: 1, flags: 1 }], 'is encrypted'],
  ['a rare compression', [{ name: 'a', method: 12 }], 'is compressed in a rare way'],
  ['broken compression', [{ name: 'a', compressed: Buffer.from('nonsense'), size: 8 }], 'the ZIP is refused'],
];

describe('a ZIP is refused for', () => {
  it.each(REFUSED)('%s', async (_name, entries, reason) => {
    const folder = temporaryFolder();
    const zip = hostileZip([{ name: 'plugin-manifest.yaml', content: 'name: a' }, ...entries]);
    const error = await unpackZip(zip, join(folder, 'files')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(reason);
    expect(readdirSync(folder).filter((name) => name !== 'files')).toEqual([]);
  });

  it('too many files together', async () => {
    const size = 200 * 1024 * 1024;
    const stored = hostileZip([
      { name: 'a', compressed: Buffer.alloc(2 * 1024 * 1024), size },
      { name: 'b', compressed: Buffer.alloc(2 * 1024 * 1024), size },
    ]);
    await expect(unpack(stored)).rejects.toThrow('its files are larger than 256 MB');
  });

  it('too many entries', async () => {
    const many = hostileZip(Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}`, content: '' })));
    await expect(unpack(many)).rejects.toThrow('it has more than 10000 entries');
  });

  it.each([
    ['no ZIP at all', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['a ZIP that is cut off', hostileZip([{ name: 'a', content: 'x'.repeat(1000) }]).subarray(0, 500)],
  ])('%s', async (_name, zip) => {
    await expect(unpack(zip)).rejects.toThrow('the ZIP is refused');
  });
});

it('stays inside its folder and ends with a message, whatever the bytes are', async () => {
  const good = hostileZip([
    { name: 'a/b.txt', content: 'hello' },
    { name: 'c', compressed: deflateRawSync('x'.repeat(500)), size: 500 },
  ]);
  const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const zip = Buffer.from(good);
      for (const [at, byte] of changes) zip[at] = byte;
      const folder = temporaryFolder();
      const error = await unpackZip(zip, join(folder, 'files')).catch((thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toBeInstanceOf(UserError);
      expect(readdirSync(folder).filter((name) => name !== 'files')).toEqual([]);
      expect(existsSync(join(folder, '..', 'evil'))).toBe(false);
    }),
    { numRuns: 300 },
  );
});
