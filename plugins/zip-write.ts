/** Owns the writing of ZIPs: the same files give the same bytes, on every machine and in every time zone. */
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface PackedFile {
  /** With `/` between its parts. */
  readonly path: string;
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

/** The first moment that a ZIP can name, in local time as ZIPs keep it. */
const TIME = new Date(1980, 0, 1);

export async function writeZip(files: readonly PackedFile[]): Promise<Buffer> {
  const zip = new ZipFile();
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  for (const { path, content, isExecutable } of [...files].sort((one, other) => (one.path < other.path ? -1 : 1))) {
    const mode = isExecutable ? 0o100755 : 0o100644;
    zip.addBuffer(content, path, { mtime: TIME, forceDosTimestamp: true, mode, compress: false });
  }
  zip.end();
  return Promise.race([buffer(zip.outputStream), failed]);
}
