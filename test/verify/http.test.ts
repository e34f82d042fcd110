/** Owns the proof that programs behind the wrapper, which know nothing of the job contract, keep every rule of it. */
import { join } from 'node:path';
import * as vitest from 'vitest';
import { jobContractSuite } from '../../wrapper/testing.ts';

const PROJECT = join(import.meta.dirname, '../..');
const PROGRAM = `"${process.execPath}" test/verify/jobs/http/program.mjs`;
const WRAPPER = `"${process.execPath}" dist/racetrack-wrapper.js run --command '${PROGRAM}' --host 127.0.0.1 --port {port}`;

jobContractSuite(
  {
    command: `${WRAPPER} --max-concurrency 4 --max-queue 4 --max-body 1M`,
    limits: { calls: 8, body: 2 ** 20 },
    cwd: PROJECT,
    complete: true,
  },
  vitest,
);
