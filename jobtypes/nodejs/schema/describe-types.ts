/** Owns asking what a job's types say: from the cache when nothing has changed, else from a process that ends afterwards. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../wrapper/core/package-root.ts';
import { type TypeDescription, type TypeRequest, unknownTypes } from './description.ts';
import { descriptionFile, findDescription } from './description-cache.ts';

export interface TypeQuestion extends TypeRequest {
  /** The project's cache folder; answers are kept in its folder `types`. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** What the process is told. */
export interface TypeOrder extends TypeRequest {
  /** Where the answer is kept. */
  readonly file: string;
}

const TIME_LIMIT_MS = 30_000;
const MEMORY_LIMIT_MB = 768;
const OUTPUT_LIMIT_BYTES = 16 << 20;

/**
 * What the types of a job's functions say. Takes a few milliseconds when neither the job nor what it imports has changed, else about
 * half a second. Never rejects: when the types cannot be read, that is a warning.
 */
export async function describeTypes({
  entrypoint,
  exportName,
  cacheFolder,
  signal,
}: TypeQuestion): Promise<TypeDescription> {
  const command = join(packageRoot(), 'dist', 'nodejs-types.js');
  const file = descriptionFile({ entrypoint, exportName, cacheFolder, command });
  return findDescription(file) ?? describeAnew(command, { entrypoint, exportName, file }, signal);
}

async function describeAnew(
  command: string,
  order: TypeOrder,
  signal: AbortSignal | undefined,
): Promise<TypeDescription> {
  const args = [`--max-old-space-size=${MEMORY_LIMIT_MB}`, command, JSON.stringify(order)];
  const limits = { timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_LIMIT_BYTES } as const;
  const options = { ...limits, cwd: dirname(order.entrypoint), env: {}, ...(signal && { signal }) };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout) as TypeDescription;
  } catch (error) {
    return unknownTypes(explain(error as Failure));
  }
}

interface Failure extends Error {
  readonly killed?: boolean;
  readonly code?: unknown;
  readonly signal?: string | null;
}

function explain(failure: Failure): string {
  return `the job is described without its types: ${reasonOf(failure)}`;
}

function reasonOf({ killed, signal, message }: Failure): string {
  if (killed) return `it takes longer than ${TIME_LIMIT_MS / 1000} s to read them`;
  // Node ends so when its memory is used up.
  if (signal === 'SIGABRT') return `it takes more than ${MEMORY_LIMIT_MB} MB to read them`;
  return lastLine(message);
}

const lastLine = (message: string): string => message.trimEnd().split('\n').at(-1) ?? '';
