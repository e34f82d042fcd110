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

const KEY_BYTES = 36;

/** Opens the socket in a folder that only this user can enter; null when no folder can be written. */
export async function openMeeting(): Promise<Meeting | null> {
  const folder = makeFolder();
  if (!folder) return null;
  const path = join(folder, 'workers');
  const expected = new Map<string, Welcome>();
  let workers = 0;
  const server = createServer((socket) => introduce(socket, expected));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    path,
    nextKey: () => {
      workers += 1;
      return String(workers).padStart(KEY_BYTES, '0');
    },
    expect: (key, welcome) => void expected.set(key, welcome),
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
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
    try {
      accessSync(parent, constants.W_OK);
      return mkdtempSync(join(parent, 'racetrack-'));
    } catch {
      // The next one may do.
    }
  }
  return undefined;
}
