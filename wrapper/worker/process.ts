/** Owns one child process that hosts the job: starting it, its output as log lines, and its end together with its whole group. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { LogRecord } from '../protocol/messages.ts';

/** How to start the process that hosts the user's code. */
export interface WorkerCommand {
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What a process needs to become a worker, once it has imported the job. */
export interface WorkerOrder {
  /** Empty: the file's only class. */
  readonly className: string;
  /** Added to the environment before the job is constructed. */
  readonly env: Readonly<Record<string, string>>;
}

export interface HostProcess {
  readonly pid: number;
  /** The wrapper's end of descriptor 3, with all that the process has said so far, even if it has ended since. */
  takeSocket(): Socket;
  /** Resolves when the process has ended, with a phrase such as `was killed by SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends the process and everything in its group at once. */
  kill(): void;
}

const MAX_LINE = 64 * 1024;

/** Starts the process; what it prints becomes log records. A program that cannot be started shows in `ended`. */
export function startProcess(command: WorkerCommand, onOutput: (record: LogRecord) => void): HostProcess {
  const child = spawnGroup(command, onOutput, ['pipe']);
  const pid = child.pid ?? 0;
  return {
    pid,
    takeSocket: holdBack(child.stdio[3] as Socket),
    ended: endOf(child, 'exit', command.command),
    kill: () => killGroup(pid),
  };
}

/** A process of any program: nothing but its output connects it to the wrapper. */
export type ForeignProcess = Pick<HostProcess, 'pid' | 'ended' | 'kill'>;

/** Starts a program that knows nothing of the worker protocol. Its last lines have been handed over when it has `ended`. */
export function startForeign(command: WorkerCommand, onOutput: (record: LogRecord) => void): ForeignProcess {
  const child = spawnGroup(command, onOutput, []);
  const pid = child.pid ?? 0;
  const kill = () => killGroup(pid);
  child.once('exit', kill); // whatever it has started holds its output open
  return { pid, ended: endOf(child, 'close', command.command), kill };
}

function spawnGroup(
  command: WorkerCommand,
  onOutput: (record: LogRecord) => void,
  further: readonly 'pipe'[],
): ChildProcess {
  const child = spawn(command.command, command.args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe', ...further],
    detached: true, // a group of its own: a signal for the wrapper is not one for the job, and the job's children end with it
  });
  readLines(child.stdout as Readable, (message) => onOutput({ level: 'INFO', message }));
  readLines(child.stderr as Readable, (message) => onOutput({ level: 'WARNING', message }));
  return child;
}

/** When a process ends, Node throws away what nobody has read of its pipes yet. A listener for `readable` keeps it. */
function holdBack(socket: Socket): () => Socket {
  const keep = () => {};
  socket.on('readable', keep);
  socket.on('error', keep); // the one who takes it sees it closed
  return () => socket.off('readable', keep);
}

/** Kills a process and its group; one that is gone already is no error. */
export function killGroup(pid: number): void {
  if (pid <= 1) return;
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // ESRCH: nothing left to kill.
    }
  }
}

/** Says how a process ended, for people. */
export function describeEnd(code: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'was killed by SIGKILL (out of memory, or killed from outside)';
  if (signal) return `was killed by ${signal}`;
  return `ended with exit code ${code ?? 'unknown'}`;
}

function endOf(child: ChildProcess, event: 'exit' | 'close', program: string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${program}: ${error.message})`));
    child.once(event, (code, signal) => resolve(describeEnd(code, signal)));
  });
}

/** Cuts a stream into lines; bytes that are no UTF-8 become replacement characters, an endless line is cut. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let started = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (started + text).split('\n');
    started = lines.pop() as string;
    for (const line of lines) if (line !== '') onLine(line.slice(0, MAX_LINE));
    if (started.length > MAX_LINE) {
      onLine(started.slice(0, MAX_LINE));
      started = '';
    }
  });
  stream.on('end', () => {
    if (started !== '') onLine(started);
  });
  stream.on('error', () => {});
}
