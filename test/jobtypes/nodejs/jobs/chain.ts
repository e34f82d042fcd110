import { callJob, JobCallError } from 'racetrack';

interface Input {
  readonly job?: string;
  readonly timeout?: number;
  readonly caught?: boolean;
}

/** Calls another job and hands its answer on. */
export async function perform({ job = 'adder', timeout, caught }: Input) {
  const called = callJob<number>(job, { numbers: [40, 2] }, { ...(timeout !== undefined && { timeout }) });
  if (!caught) return called;
  return called.catch((error: JobCallError) => {
    const { name, status, type, body, fault, retryAfter } = error;
    return { name, status, type, body, fault, retryAfter, known: error instanceof JobCallError };
  });
}
