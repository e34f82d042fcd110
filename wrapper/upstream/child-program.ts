/** Owns programs that are child processes of the wrapper: their port, their environment, and their end. */

import { setTimeout as delay } from 'node:timers/promises';
import { startForeign } from '../worker/process.ts';
import { freePort } from './free-port.ts';
import type { RunningProgram, StartProgram } from './plan.ts';

export interface ChildProgram {
  /** Absolute path, or a name that is looked for in PATH. */
  readonly program: string;
  /** `{port}` stands for the port. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment; PORT is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the program listens; undefined: at a free port that it is told. */
  readonly port: number | undefined;
}

const HOST = '127.0.0.1';

/** How to start the program; each start has a port of its own unless one is given. */
export const childProgram =
  (child: ChildProgram): StartProgram =>
  async ({ onOutput }) => {
    const port = child.port ?? (await freePort(HOST));
    const command = {
      command: child.program,
      args: child.args.map((arg) => arg.replaceAll('{port}', String(port))),
      cwd: child.cwd,
      env: { ...child.env, PORT: String(port) },
    };
    const process = startForeign(command, onOutput);
    return { host: HOST, port, pid: process.pid, ended: process.ended, stop: (graceMs) => end(process, graceMs) };
  };

async function end(process: ReturnType<typeof startForeign>, graceMs: number): Promise<void> {
  signalGroup(process.pid);
  await Promise.race([process.ended, delay(graceMs, undefined, { ref: false })]);
  process.kill();
  await process.ended;
}

function signalGroup(pid: number): void {
  if (pid <= 1) return;
  try {
    globalThis.process.kill(-pid, 'SIGTERM');
  } catch {
    // ESRCH: it has ended already.
  }
}

/** A program that somebody else has started, and will end. */
export const foreignProgram =
  (host: string, port: number): StartProgram =>
  async () =>
    ({ host, port, pid: 0, ended: new Promise<string>(() => {}), stop: async () => {} }) satisfies RunningProgram;
