/** Owns starting wrappers in the fault tests, and the proof that each leaves neither process nor folder behind. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type StartOptions, startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

export const JOBS = join(import.meta.dirname, 'jobs');

/** Every process that descends from a wrapper of these tests has it in its environment. */
const MARK = `RACETRACK_TEST_MARK=${randomUUID()}`;
const [MARK_NAME, MARK_VALUE] = MARK.split('=') as [string, string];
export const MARKED = { [MARK_NAME]: MARK_VALUE };

const running = new Set<WrapperUnderTest>();

/** Starts one of the jobs of this folder. */
export async function start(file: string, options: Partial<StartOptions> = {}): Promise<WrapperUnderTest> {
  const env = { ...MARKED, ...options.env };
  const job = await startWrapper({ cwd: JOBS, ...options, entrypoint: join(options.cwd ?? JOBS, file), env });
  running.add(job);
  return job;
}

/** Both of two workers can be called: the process ids. */
export async function bothWorkers(job: WrapperUnderTest): Promise<readonly number[]> {
  return vi.waitFor(async () => {
    const answers = await Promise.all([1, 2].map(() => call(job, 'sleep', { seconds: 0.05 })));
    const pids = new Set(answers.map((answer) => Number(answer.text)));
    expect(pids.size).toBe(2);
    return [...pids];
  }, 5_000);
}

export async function stop(job: WrapperUnderTest): Promise<void> {
  running.delete(job);
  await job.stop();
}

/** Gives this file a folder of its own for temporary files, and looks at the end whether anything is left. */
export function isolateTemporaryFiles(): void {
  const before = process.env.TMPDIR;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wrapper-faults-'));
    process.env.TMPDIR = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Stops what still runs, and fails when a process or a folder of it is left. */
export async function expectNothingLeft(): Promise<void> {
  await Promise.all([...running].map(stop));
  await vi.waitFor(() => expect(markedProcesses()).toEqual([]), { timeout: 3_000, interval: 20 });
  expect(socketFolders()).toEqual([]);
}

/** Removes the folder of a wrapper that had no chance to do so itself. */
export function forgiveFolders(): void {
  for (const name of socketFolders()) rmSync(join(tmpdir(), name), { recursive: true });
}

const socketFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('racetrack-'));

/** `pid command line` of every process of these tests, this one excepted. */
export function markedProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isMarked(name))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

/** A process that has ended but that nobody has asked about yet has no environment any more. */
const isMarked = (pid: string): boolean => read(`/proc/${pid}/environ`).split('\0').includes(MARK);

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Calls `/api/v1/<endpoint>` with a JSON body. */
export async function call(
  job: { readonly address: string },
  endpoint = 'perform',
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(`${job.address}/api/v1/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

export async function get(
  job: { readonly address: string },
  path: string,
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(job.address + path, { redirect: 'manual' });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** A job of its own for one test, in a folder of its own. */
export function writeJob(source: string, folder = mkdtempSync(join(tmpdir(), 'job-'))): string {
  writeFileSync(join(folder, 'job.py'), `${source}\n`);
  return folder;
}
