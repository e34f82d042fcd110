/** Owns the private Unix socket where forked workers meet the wrapper. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from './worker.ts';

/** Takes over a connection after its key. */
type Welcome = (socket: Socket) => Worker;

export interface Meeting {
  readonly path: string;
  /** A key that no other worker has; the folder keeps strangers out, the key only tells one worker from the next. */
  nextKey(): string;
  /** Hands the connection that begins with `key` (36 bytes) to `welcome`. */
  expect(key: string, welcome: Welcome): void;
  close(): void;
}

const SOCKET = 'workers';
const KEY_BYTES = 36;
/** Longest path that every system takes for a socket. */
const MAX_PATH_BYTES = 103;

/** Opens the socket in a folder that only this user can enter; null when no folder can be written. */
export async function openMeeting(): Promise<Meeting | null> {
  const folder = makeFolder();
  if (!folder) return null;
  const path = join(folder, SOCKET);
  const expected = new Map<string, Welcome>();
  let workers = 0;
  const server = createServer((socket) => introduce(socket, expected));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder); // for an end without a stop
  return {
    path,
    nextKey: () => {
      workers += 1;
      return String(workers).padStart(KEY_BYTES, '0');
    },
    expect: (key, welcome) => void expected.set(key, welcome),
    close: () => {
      server.close();
      process.removeListener('exit', removeFolder);
      removeFolder();
    },
  };
}

/** A forked worker writes its key before its first frame: whoever does not know one is turned away unread. */
function introduce(socket: Socket, expected: Map<string, Welcome>): void {
  socket.once('error', () => socket.destroy());
  socket.once('readable', () => {
    const key = socket.read(KEY_BYTES) as Buffer | null;
    if (key === null && !socket.readableEnded) {
      introduce(socket, expected);
      return;
    }
    const name = key?.toString('latin1') ?? '';
    const welcome = expected.get(name);
    if (!welcome) {
      socket.destroy();
      return;
    }
    expected.delete(name);
    welcome(socket);
  });
}

function makeFolder(): string | undefined {
  for (const parent of [tmpdir(), '/dev/shm']) {
    if (Buffer.byteLength(join(parent, 'racetrack-XXXXXX', SOCKET)) > MAX_PATH_BYTES) continue;
    try {
      accessSync(parent, constants.W_OK);
      return mkdtempSync(join(parent, 'racetrack-'));
    } catch {
      // The next one may do.
    }
  }
  return undefined;
}
