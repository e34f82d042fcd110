/** Owns the proof that Go jobs keep every rule of the job contract. */
import { join } from 'node:path';
import * as vitest from 'vitest';
import { jobContractSuite } from '../../wrapper/testing.ts';
import { CACHE, describeGo } from '../jobtypes/golang/go-jobs.ts';

describeGo('Go', () => {
  vitest.beforeAll(() => {
    process.env.RACETRACK_CACHE = CACHE;
  });
  jobContractSuite({ target: join(import.meta.dirname, 'jobs/golang/perform.go'), complete: true }, vitest);
});
