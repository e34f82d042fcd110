/** Owns driving a real shim by hand: a job's source in a temporary folder, its process, and frames to and fro. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeFrame, type Frame, FrameDecoder, FrameType } from '../../wrapper/protocol/frame.ts';
import { PYTHON, type Shim } from './shims.ts';

/** What a process needs to become a worker; with a key and a socket it forks one. */
export const ORDER = { className: '', env: {} };
type TypeName = keyof typeof FrameType;

/** One socket to a process that hosts the job. */
export class Line {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** Resolves when the other side has closed the stream. */
  readonly closed: Promise<void>;
  #waiting: (() => void)[] = [];
  #open = true;

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder((frame) => this.frames.push(frame));
    socket.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#open = false;
        this.#wake();
        resolve();
      });
    });
  }

  send(type: TypeName, frame: Partial<Omit<Parameters<typeof encodeFrame>[0], 'type'>> = {}): void {
    this.socket.write(encodeFrame({ type: FrameType[type], ...frame }));
  }

  /** The next frame of this type, which is taken out; log lines and others before it are left. Rejects at the stream's end. */
  async next(type: TypeName, where: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === FrameType[type] && where(frame));
      if (at >= 0) return this.frames.splice(at, 1)[0] as Frame;
      if (!this.#open) throw new Error(`the stream ended without a ${type} frame, after ${this.#told()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async nextJson(type: TypeName): Promise<unknown> {
    return JSON.parse((await this.next(type)).body.toString());
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #told(): string {
    return this.frames.map((frame) => `${frame.type} ${frame.body}`).join('; ') || 'nothing';
  }

  /** Calls the first endpoint and returns its result. */
  async call(id: number, input: unknown): Promise<Frame> {
    this.send('call', { id, body: JSON.stringify(input) });
    return await this.next('result', (frame) => frame.id === id);
  }
}

export interface RunningShim {
  readonly pid: number;
  readonly control: Line;
  /** What arrived on standard output so far. */
  output(): Buffer;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  /** Orders the process itself to be the worker. */
  become(): Line;
  /** Orders a forked worker, and returns the worker's connection after its key. */
  fork(): Promise<{ line: Line; pid: number }>;
}

interface ShimOptions {
  /** Python's unless given. */
  readonly shim?: Shim;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a shim with a job of this source; everything ends with the test. */
export function startShim(source: string, { shim = PYTHON, env = {} }: ShimOptions = {}): RunningShim {
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-shim-'));
  const entrypoint = join(folder, shim.file);
  writeFileSync(entrypoint, source);
  const [program, ...args] = shim.command(entrypoint, source);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, RACETRACK_CACHE: join(folder, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.resume();
  const workers: number[] = [];
  onTestFinished(() => {
    for (const pid of [child.pid as number, ...workers]) killQuietly(pid);
    rmSync(folder, { recursive: true, force: true });
  });
  const control = new Line(child.stdio[3] as Socket);
  return {
    pid: child.pid as number,
    control,
    output: () => Buffer.concat(chunks),
    ended: endOf(child),
    become: () => {
      control.send('fork', { meta: ORDER });
      return control;
    },
    fork: async () => {
      const worker = await fork(control, join(folder, randomUUID().slice(0, 8)));
      workers.push(worker.pid);
      return worker;
    },
  };
}

/** The same, ready to be called, in one process. */
export async function startWorker(source: string, options?: ShimOptions): Promise<RunningShim> {
  const shim = startShim(source, options);
  shim.become();
  await shim.control.next('ready');
  return shim;
}

async function fork(control: Line, path: string): Promise<{ line: Line; pid: number }> {
  const key = randomUUID();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  control.send('fork', { meta: { ...ORDER, key, socket: path } });
  const socket = await connected;
  server.close();
  const head = await readExactly(socket, key.length);
  if (head !== key) throw new Error(`the worker introduced itself with ${head} instead of ${key}`);
  const forked = (await control.nextJson('forked')) as { key: string; pid: number };
  if (forked.key !== key) throw new Error(`forked says ${forked.key} instead of ${key}`);
  return { line: new Line(socket), pid: forked.pid };
}

async function readExactly(socket: Socket, size: number): Promise<string> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes) return bytes.toString('latin1');
    await new Promise((resolve) => socket.once('readable', resolve));
  }
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function killQuietly(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
}
