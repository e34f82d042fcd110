/** Owns the proof that Node jobs keep every rule of the job contract. */
import { join } from 'node:path';
import * as vitest from 'vitest';
import { jobContractSuite } from '../../wrapper/testing.ts';

jobContractSuite({ target: join(import.meta.dirname, 'jobs/nodejs/entrypoint.ts'), complete: true }, vitest);
