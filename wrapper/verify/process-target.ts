/** Owns targets that are programs: started on a port of their own, watched, and ended with all that belongs to them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { markedProcesses } from './process-tree.ts';
import type { Ending, KnownLimits, Subject, SubjectProcess, Target } from './target.ts';

export interface Program {
  readonly kind: Target['kind'];
  readonly name: string;
  /** The program and its arguments; `{port}` in them stands for the port, which is in `PORT` as well. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The environment it is given. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: KnownLimits;
}

const MARK = 'RACETRACK_VERIFY_MARK';
const OUTPUT_LIMIT = 16 * 1024 * 1024;
const LAST_LINES = 12;

export function programTarget(program: Program): Target {
  const { kind, name, limits } = program;
  return { kind, name, limits, controlled: true, start: (env) => startProgram(program, env) };
}

async function startProgram(program: Program, extra: Readonly<Record<string, string>>): Promise<Subject> {
  const port = String(await freePort());
  const mark = randomUUID();
  const [file = '', ...args] = program.command.map((word) => word.replaceAll('{port}', port));
  const child = spawn(file, args, {
    cwd: program.cwd,
    env: { ...program.env, PORT: port, ...extra, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: Ctrl-C is for us, who then end it
  });
  return { address: `http://127.0.0.1:${port}`, process: watch(child, `${MARK}=${mark}`) };
}

function watch(child: ChildProcess, mark: string): SubjectProcess {
  let [output, everything] = ['', ''];
  let ending: Ending | undefined;
  const keep = (text: string) => {
    everything = (everything + text).slice(-OUTPUT_LIMIT);
  };
  child.stderr?.setEncoding('utf8').on('data', keep);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT);
    keep(text);
  });
  const ended = new Promise<Ending>((resolve) => {
    const end = (how: Ending) => {
      ending ??= how;
      resolve(ending);
    };
    child.once('error', (error) => {
      keep(`${error.message}\n`);
      end({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => end({ code, signal }));
  });
  const endWithUs = () => void child.kill('SIGKILL'); // it is in a group of its own, which no Ctrl-C reaches
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  const others = () => markedProcesses(mark).filter(({ pid }) => pid !== child.pid);
  return {
    output: () => output,
    lastWords: () => everything.trimEnd().split('\n').slice(-LAST_LINES).join('\n'),
    ended,
    get ending() {
      return ending;
    },
    signal: (name) => void child.kill(name),
    workers: () => {
      const all = others();
      const parents = new Set(all.map(({ parent }) => parent));
      return all.filter(({ pid }) => !parents.has(pid)).map(({ pid }) => pid);
    },
    processes: () => markedProcesses(mark).map(({ pid, command }) => `${pid} ${command}`),
    memory: () => markedProcesses(mark).reduce((sum, { memory }) => sum + memory, 0),
    destroy: async () => {
      child.kill('SIGKILL');
      for (const { pid } of others()) kill(pid);
      if (child.pid !== undefined) await ended;
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
