/** Owns the unpacking of ZIPs from anywhere: everything is checked before the first file is written. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import { megabytes, PLUGIN_LIMITS, type PluginLimits } from './limits.ts';
import { createNameCheck } from './zip-names.ts';

const [FILE, FOLDER, KIND_BITS] = [0o100000, 0o040000, 0o170000];
const UNIX = 3;
const [STORED, DEFLATED] = [0, 8];

/** Unpacks into an empty folder. Rejects with a UserError when anything about the ZIP is not as it should be. */
export async function unpackZip(zip: Buffer, folder: string, limits = PLUGIN_LIMITS): Promise<void> {
  try {
    const archive = await fromBufferPromise(zip, { strictFileNames: true, decodeStrings: false });
    const files = await checkedFiles(archive, limits);
    for (const { entry, path } of files) await writeFile(archive, entry, join(folder, path));
  } catch (cause) {
    if (cause instanceof Refusal || isZipFault(cause)) throw refused(messageOf(cause), cause);
    throw cause;
  }
}

/** A reason that names what is wrong with the ZIP. */
class Refusal extends Error {}

/** Faults of the file system have a code; what yauzl and zlib say about the ZIP has none, or one of zlib's own. */
function isZipFault(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return cause instanceof Error && (code === undefined || code.startsWith('Z_'));
}

const refused = (reason: string, cause: unknown): UserError =>
  new UserError(`the ZIP is refused: ${reason}`, {
    hint: 'a plugin is made into a ZIP with: racetrack plugin bundle',
    cause,
  });

interface File {
  readonly entry: Entry;
  readonly path: string;
}

async function checkedFiles(archive: ZipFile, limits: PluginLimits): Promise<File[]> {
  if (archive.entryCount > limits.entries) throw new Refusal(`it has more than ${limits.entries} entries`);
  const problemOfName = createNameCheck();
  const files: File[] = [];
  let total = 0;
  for await (const entry of archive.eachEntry()) {
    const path = nameOf(entry);
    const problem = problemOfName(path) ?? problemOf(entry, path, limits);
    if (problem) throw new Refusal(`${JSON.stringify(path)} ${problem}`);
    total += entry.uncompressedSize;
    if (total > limits.unpackedBytes) throw new Refusal(`its files are larger than ${megabytes(limits.unpackedBytes)}`);
    if (!path.endsWith('/')) files.push({ entry, path });
  }
  return files;
}

/** Names are UTF-8, whatever the ZIP says about them. */
function nameOf({ fileNameRaw }: Entry): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fileNameRaw);
  } catch {
    throw new Refusal(`the name ${JSON.stringify(fileNameRaw.toString('latin1'))} is not UTF-8`);
  }
}

function problemOf(entry: Entry, path: string, limits: PluginLimits): string | undefined {
  const kind = entry.versionMadeBy >>> 8 === UNIX ? (entry.externalFileAttributes >>> 16) & KIND_BITS : 0;
  if (kind !== 0 && kind !== (path.endsWith('/') ? FOLDER : FILE)) return 'is a link or a device, not a file';
  if (entry.isEncrypted()) return 'is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) return 'is compressed in a rare way';
  const { uncompressedSize: size, compressedSize } = entry;
  if (size > limits.unpackedBytes) return `is larger than ${megabytes(limits.unpackedBytes)}`;
  if (size > limits.ratioFromBytes && size > compressedSize * limits.ratio) {
    return `grows more than ${limits.ratio} times when it is unpacked`;
  }
  return undefined;
}

async function writeFile(archive: ZipFile, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const isExecutable = entry.versionMadeBy >>> 8 === UNIX && ((entry.externalFileAttributes >>> 16) & 0o100) !== 0;
  const source = await archive.openReadStreamPromise(entry);
  let sum = 0;
  const summed = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sum = crc32(piece, sum);
      done(null, piece);
    },
  });
  await pipeline(source, summed, createWriteStream(path, { flags: 'wx', mode: isExecutable ? 0o755 : 0o644 }));
  if (sum !== entry.crc32) throw new Refusal(`${JSON.stringify(nameOf(entry))} is damaged`);
}
