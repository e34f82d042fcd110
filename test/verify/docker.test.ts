/** Owns the proof that containers behind the wrapper keep every rule of the job contract that can be applied to them. */
import { join } from 'node:path';
import * as vitest from 'vitest';
import { jobContractSuite } from '../../wrapper/testing.ts';
import { describeWithDocker } from '../docker/engine.ts';

/** A container is not a child of the wrapper, and is given the environment of its manifest only. */
const APART = 'what runs in a container is out of reach';

describeWithDocker('Docker', () => {
  jobContractSuite(
    {
      target: join(import.meta.dirname, 'jobs/docker/Dockerfile'),
      skip: { kill: APART, 'slow-start': APART, 'failed-start': APART },
      complete: true,
    },
    vitest,
  );
});
