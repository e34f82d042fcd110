/** Owns the process that reads types, from outside: what it is told, and its limits of time and memory. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { inputFile } from '../input-files.ts';
import { type TypeDescription, type TypeRequest, withoutTypes } from './description.ts';
import type { KeptDescription } from './description-cache.ts';
import { keepFile } from './kept-file.ts';

/** What the process is told. */
export interface TypeOrder extends TypeRequest {
  readonly cacheFolder: string;
  /** Where the answer is kept, and with which name of the program that gave it. */
  readonly file: string;
  readonly describer: string;
}

const TIME_LIMIT_MS = 60_000;
const MEMORY_LIMIT_MB = 768;
const OUTPUT_LIMIT_BYTES = 16 << 20;

/** Types that cannot be read are not tried again with every worker that starts. */
const FAILURE_COUNTS_MS = 10 * 60_000;

export async function runDescriber(
  command: string,
  order: TypeOrder,
  signal: AbortSignal | undefined,
): Promise<TypeDescription> {
  const args = [`--max-old-space-size=${MEMORY_LIMIT_MB}`, command, JSON.stringify(order)];
  const limits = { timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_LIMIT_BYTES } as const;
  const options = { ...limits, cwd: dirname(order.entrypoint), env: {}, ...(signal && { signal }) };
  const made = Date.now();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout) as TypeDescription;
  } catch (error) {
    const description = withoutTypes(reasonOf(error as Failure));
    if (!signal?.aborted) keepFailure(order, { description, made });
    return description;
  }
}

function keepFailure(
  { file, describer, entrypoint }: TypeOrder,
  { description, made }: Pick<KeptDescription, 'description' | 'made'>,
): void {
  const inputs = [inputFile(entrypoint)];
  const kept: KeptDescription = { description, describer, made, inputs, expires: made + FAILURE_COUNTS_MS };
  keepFile(file, JSON.stringify(kept));
}

interface Failure extends Error {
  readonly killed?: boolean;
  readonly signal?: string | null;
}

function reasonOf({ killed, signal, message }: Failure): string {
  if (killed) return `it takes longer than ${TIME_LIMIT_MS / 1000} s to read them`;
  // Node ends so when its memory is used up.
  if (signal === 'SIGABRT') return `it takes more than ${MEMORY_LIMIT_MB} MB to read them`;
  return message.trimEnd().split('\n').at(-1) ?? '';
}
