/** Owns what is kept of a compilation: the program, and what it was made from, so that the next start finds it without the compiler. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, fileStatus, isExecutable } from '../../wrapper/core/executable.ts';
import { type Fingerprint, isUnchanged, takeFingerprint, type Watched } from './fingerprint.ts';
import { findGo } from './go-program.ts';
import type { JobPackage } from './job-package.ts';

interface CompiledRecord {
  readonly version: typeof VERSION;
  /** Absolute path of the program. */
  readonly program: string;
  readonly compiler: string;
  readonly made: Fingerprint;
}

const VERSION = 1;
const NAME = 'compiled.json';

/** The program made of exactly these files by this compiler; undefined when it has to be compiled. Looks at files only. */
export function findCompiled(job: JobPackage, env: Environment): string | undefined {
  const record = readRecord(join(job.cache, NAME));
  if (!record || !isExecutable(record.program)) return undefined;
  // Where there is no compiler, as in an image that was built with one, the program cannot be anything but right.
  const go = findGo(env);
  if (go !== undefined && stampOf(go) !== record.compiler) return undefined;
  return isUnchanged(record.made) ? record.program : undefined;
}

/** What is to be kept once the program is there: taken before it is compiled, so that a later change of a file shows. */
export function planRecord(go: string, watched: Watched): Omit<CompiledRecord, 'program'> {
  return { version: VERSION, compiler: stampOf(go), made: takeFingerprint(watched) };
}

export async function keepRecord(job: JobPackage, record: CompiledRecord): Promise<void> {
  const path = join(job.cache, NAME);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(record));
  await rename(draft, path);
}

function readRecord(path: string): CompiledRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as CompiledRecord;
    return record.version === VERSION ? record : undefined;
  } catch {
    return undefined;
  }
}

function stampOf(go: string): string {
  const status = fileStatus(go);
  return `${go} ${status?.size} ${status?.mtimeMs}`;
}
