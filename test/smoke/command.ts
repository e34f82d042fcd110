/** Owns running the built command as a user does: a process of its own, its output, its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');
export const ADDER = join(PROJECT, 'sample/python-class/entrypoint.py');
const COMMAND = join(PROJECT, 'dist/racetrack-wrapper.js');

interface Settings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function racetrack(args: readonly string[], settings: Settings = {}): Promise<Outcome> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [builtCommand(), ...args], {
    cwd: settings.cwd ?? PROJECT,
    env: { ...settings.env },
    input: settings.input ?? '',
    reject: false,
    timeout: 15_000,
  });
  return { code: exitCode, stdout, stderr };
}

export interface Serving {
  /** Such as `http://127.0.0.1:41234`. */
  readonly address: string;
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the output contains this. */
  shows(text: string | RegExp): Promise<void>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
}

/** Starts `run` on a free port and waits until it listens; what is left of it ends with `finish`. */
export async function serve(
  args: readonly string[],
  settings: Settings = {},
  finish: (stop: () => void) => void = onTestFinished,
): Promise<Serving> {
  const child = spawn(process.execPath, [builtCommand(), 'run', '--port', '0', '--host', '127.0.0.1', ...args], {
    cwd: settings.cwd ?? PROJECT,
    env: { ...process.env, ...settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  finish(() => void child.kill('SIGKILL'));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  let output = '';
  let waiting: (() => void)[] = [];
  const add = (text: string) => {
    output += text;
    for (const wake of waiting.splice(0)) wake();
  };
  child.stdout.setEncoding('utf8').on('data', add);
  child.stderr.setEncoding('utf8').on('data', add);
  child.once('close', () => add(''));
  const shows = async (wanted: string | RegExp) => {
    while (!(typeof wanted === 'string' ? output.includes(wanted) : wanted.test(output))) {
      if (child.exitCode !== null) throw new Error(`the command ended without showing ${wanted}:\n${output}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    waiting = [];
  };
  await shows(/Running server on http:\S+/);
  return {
    address: /Running server on (http:[^\s"]+)/.exec(output)?.[1] as string,
    child,
    pid: child.pid as number,
    output: () => output,
    shows,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** A folder with these files, for the time of a test. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-job-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Calls the job and returns status and text. */
export async function post(address: string, body: unknown, path = '/api/v1/perform'): Promise<[number, string]> {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [response.status, await response.text()];
}

function builtCommand(): string {
  if (!existsSync(COMMAND)) throw new Error('these tests run the built command: npm run build');
  return COMMAND;
}
