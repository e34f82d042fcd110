/** Owns the job that the tests of bad requests send theirs to, and what each answer has to be like. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { exchange, post, type RawAnswer } from '../../wrapper/verify/raw-client.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start } from './running.ts';

export const PERFORM = '/api/v1/perform';
/** Of a body, in bytes. */
export const LIMIT = 1024 * 1024;
export const JSON_TYPE = 'Content-Type: application/json';

/** Assigned before the first test. */
export let job: WrapperUnderTest;

export function serveEcho(): void {
  isolateTemporaryFiles();
  beforeAll(async () => {
    job = await start('echo.py', { args: ['--max-body', '1M'] });
  });
  afterAll(expectNothingLeft);
}

const count = async (): Promise<number> => Number((await call(job, 'count')).text);
export const send = (bytes: string | Buffer, options: { head?: boolean } = {}) => exchange(job.address, bytes, options);

/** An error that a program and a person can read, and that says whose fault it is. */
export function expectRefusal(answer: RawAnswer | undefined, status: number): void {
  expect(answer).toBeDefined();
  const { headers, body } = answer as RawAnswer;
  expect({ status: answer?.status, body }).toMatchObject({ status });
  expect(headers['content-type']).toBe('application/json');
  expect(headers['x-racetrack-fault']).toBe('caller');
  const said = JSON.parse(body) as { error?: string; detail?: unknown };
  expect(said.error ?? said.detail).toBeTruthy();
}

/** The job has not seen anything, and the server is as good as before. */
export async function expectUntouched(work: () => Promise<void>): Promise<void> {
  const before = await count();
  await work();
  expect(await count()).toBe(before);
  expect((await get(job, '/ready')).status).toBe(200);
}

/** A POST of these bytes to perform. */
export const body = (text: string | Buffer, type = JSON_TYPE) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(post(PERFORM, [type, `Content-Length: ${bytes.length}`])), bytes]);
};
