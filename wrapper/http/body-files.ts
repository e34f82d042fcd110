/** Owns the files of request bodies that are too large for memory, in a folder that only this user can enter. */
import { createWriteStream, existsSync, mkdtempSync, rm, rmSync, unlink, type WriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../core/file-lock.ts';

/** Process ids mean something on one machine only, and containers may share a temporary folder. */
const PREFIX = `racetrack-bodies-${hostname().replaceAll(/[^\w.-]/g, '_')}-`;
/** Bytes that may wait for the disk before the sender is told to wait. */
const PENDING_BYTES = 1024 * 1024;

export class BodyFiles {
  #folder: string | undefined;
  #count = 0;

  /** A new file; throws when no folder can be made for it. One that somebody has cleared away is made anew. */
  create(): BodyFile {
    if (this.#folder === undefined || !existsSync(this.#folder)) this.#makeFolder();
    this.#count += 1;
    return new BodyFile(join(this.#folder as string, String(this.#count)));
  }

  /** Removes whatever is left. */
  readonly remove = (): void => {
    process.removeListener('exit', this.remove);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  };

  #makeFolder(): void {
    if (this.#folder === undefined) process.once('exit', this.remove); // for an end without a stop
    this.#folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  }
}

/** One body on its way to the disk. */
export class BodyFile {
  readonly path: string;
  readonly #stream: WriteStream;

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: PENDING_BYTES });
  }

  on(events: { onRoom(): void; onComplete(): void; onError(error: Error): void }): void {
    this.#stream.on('drain', events.onRoom).on('finish', events.onComplete).on('error', events.onError);
  }

  /** False: wait for `onRoom`. */
  write(piece: Buffer): boolean {
    return this.#stream.write(piece);
  }

  end(): void {
    this.#stream.end();
  }

  /** Whoever has opened the file can still read it. */
  remove(): void {
    const unlinkQuietly = () => unlink(this.path, () => {});
    if (this.#stream.closed) unlinkQuietly();
    else this.#stream.once('close', unlinkQuietly).destroy();
  }
}

/** Removes the folders of wrappers on this machine that had no chance to do so themselves. */
export async function removeAbandonedBodies(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-', 1)[0]) : 0;
    const folder = join(tmpdir(), name);
    if (pid > 0 && (await isAbandoned(folder, pid))) rm(folder, { recursive: true, force: true }, () => {});
  }
}

/** In a container that was started anew, this process may have the number of the one before. */
async function isAbandoned(folder: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid);
  const stats = await stat(folder).catch(() => undefined);
  return stats !== undefined && stats.mtimeMs < performance.timeOrigin;
}
