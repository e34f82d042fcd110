/** Owns locks between processes that share a folder: a file that names its holder, and is kept fresh while held. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const REFRESH_MS = 5_000;
/** A holder that has not refreshed its lock for so long is gone, also on another machine or behind another process table. */
const STALE_MS = 60_000;
const RETRY_MS = 100;

export interface LockRequest {
  /** The lock file; its folder exists. */
  readonly path: string;
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** Waits for the lock and returns what releases it. In the rarest race two processes may hold it: guard work, not truth. */
export async function acquireLock({ path, onWait, signal }: LockRequest): Promise<() => Promise<void>> {
  const ticket = `${path}.${randomUUID()}`;
  await writeFile(ticket, JSON.stringify({ pid: process.pid, host: hostname() }));
  try {
    for (let tries = 0; !(await isTaken(ticket, path)); tries += 1) {
      if (tries === 0) onWait?.();
      if (await isAbandoned(path)) await removeOnce(path);
      else await sleep(RETRY_MS, undefined, { signal });
    }
  } finally {
    await rm(ticket, { force: true });
  }
  const refresh = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), REFRESH_MS);
  refresh.unref();
  return async () => {
    clearInterval(refresh);
    await rm(path, { force: true });
  };
}

/** A hard link appears whole or not at all, unlike a file that is written. */
async function isTaken(ticket: string, path: string): Promise<boolean> {
  try {
    await link(ticket, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
    return host === hostname() && !isAlive(pid);
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Of several processes that find the same abandoned lock, one moves it away. */
async function removeOnce(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}
