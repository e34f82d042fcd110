/** Owns Go jobs made for one test: their files in a temporary folder, and a cache that all tests share, as it is slow to fill. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import { compile } from '../../../jobtypes/golang/compile.ts';
import { findGo } from '../../../jobtypes/golang/go-program.ts';
import { findPackage } from '../../../jobtypes/golang/job-package.ts';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';

/** Compiling takes seconds, the first time and on a busy machine many. */
export const COMPILE_LIMIT = 180_000;
export const CACHE = join(import.meta.dirname, '../../../.cache/golang-test');
export const GO = findGo(process.env);

/** Without Go nothing here can be tried: the tests are skipped, and say so. */
export const describeGo = (title: string, body: () => void): void => {
  if (GO === undefined) describe.skip(`${title} (skipped: Go is not installed)`, body);
  else describe(title, body);
};

export type Files = Readonly<Record<string, string>>;

/** A folder with these files, until the test is over. */
export function folderWith(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-go-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** The program of a file with this text; compiled once, as long as the text stays the same. */
export async function compileText(name: string, text: string): Promise<string> {
  const file = join(CACHE, 'texts', name, 'perform.go');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const env = { ...process.env, RACETRACK_CACHE: CACHE };
  const output: string[] = [];
  const onOutput = ({ message }: { message: string }) => output.push(message);
  const { signal } = new AbortController();
  try {
    return await compile(findPackage(file, env), { env, base: dirname(file), signal, onOutput });
  } catch (error) {
    throw new Error(`${name} cannot be compiled:\n${output.join('\n')}`, { cause: error });
  }
}

export interface GoJob extends WrapperUnderTest {
  readonly folder: string;
}

/** Starts a job of these files; whoever starts it stops it and removes its folder. */
export async function startGo(
  files: Files,
  { entrypoint = 'perform.go', env = {}, args = ['--no-access-log'] }: StartGo = {},
): Promise<GoJob> {
  const folder = folderWith(files);
  const job = await startWrapper({
    entrypoint,
    cwd: folder,
    env: { RACETRACK_CACHE: CACHE, ...env },
    args,
    waitFor: 'listening',
  });
  return { ...job, folder };
}

interface StartGo {
  readonly entrypoint?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Waits until the job is ready or has failed; what `/live` says then. */
export async function settle(job: GoJob): Promise<{ status: number; error: string | undefined }> {
  for (;;) {
    const live = await fetch(`${job.address}/live`);
    const { error } = (await live.json()) as { error?: string };
    if (live.status !== 200) return { status: live.status, error };
    if ((await fetch(`${job.address}/ready`)).status === 200) return { status: 200, error };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The start failure of these files. */
export async function failureOf(files: Files, options?: StartGo): Promise<{ error: string; logs: string }> {
  const job = await startGo(files, options);
  onTestFinished(async () => {
    await job.stop();
    removeFolder(job.folder);
  });
  const { status, error } = await settle(job);
  if (status === 200 || error === undefined) throw new Error(`the job started:\n${job.logs()}`);
  return { error, logs: job.logs() };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly fault: string | null;
  readonly headers: Headers;
}

/** Posts JSON; a text is sent as it is. */
export async function call(job: GoJob, body: unknown, init: CallInit = {}): Promise<Answer> {
  const { path = '/api/v1/perform', headers = {} } = init;
  const response = await fetch(job.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    text: await response.text(),
    fault: response.headers.get('x-racetrack-fault'),
    headers: response.headers,
  };
}

interface CallInit {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
