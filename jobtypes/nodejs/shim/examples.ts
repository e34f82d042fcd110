/** Owns the documented examples of inputs: where they come from, and whether they can be inputs. */
import { encode } from './encode.ts';
import { textOf } from './failures.ts';
import { type Job, JobError, type MemberName } from './job.ts';

const MAX_JSON = 1024 * 1024;
const CONTEXT = 'invalid docs input example';

/** The examples by path, with and without their leading slash. */
export async function readExamples(job: Job): Promise<(path: string) => unknown> {
  const several = await resolveMember(job, 'docsInputExamples');
  if (several !== undefined && !isRecord(several)) throw new JobError(`${CONTEXT}: docsInputExamples is no object`);
  const single = await resolveMember(job, 'docsInputExample');
  return (path) => {
    const example = several?.[path] ?? several?.[path.slice(1)] ?? (path === '/perform' ? single : undefined);
    if (example !== undefined) check(path, example);
    return example ?? null;
  };
}

/** A member that is given as a value, or as a function that makes it. */
export async function resolveMember(job: Job, name: MemberName): Promise<unknown> {
  const given = job.member(name);
  return typeof given === 'function' ? await given.call(job.self) : given;
}

function check(path: string, example: unknown): void {
  const subject = `input example (for ${path} endpoint)`;
  let size: number;
  try {
    size = Buffer.byteLength(encode(example));
  } catch (error) {
    throw new JobError(`${CONTEXT}: failed to encode ${subject} to JSON: ${textOf(error)}`);
  }
  if (size > MAX_JSON) throw new JobError(`${CONTEXT}: ${subject} is ${size} bytes of JSON, more than ${MAX_JSON}`);
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
