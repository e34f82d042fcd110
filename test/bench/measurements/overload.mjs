/** Owns ten times more calls than fit, arriving whatever happens: how long accepted ones and refusals take. */
import { wrapper } from '../servers.mjs';

const PLACES = 4;
const JOB_SECONDS = 0.05;
const FACTOR = 10;

const SAMPLE = { path: '/api/v1/perform', body: `{"seconds":${JOB_SECONDS}}`, expected: String(JOB_SECONDS) };

export async function measureOverload(run) {
  const options = ['--no-access-log', '--max-concurrency', String(PLACES), '--max-queue', '0'];
  const server = await run.start(wrapper({ job: 'sleeper.py', options, sample: SAMPLE }));
  const capacity = PLACES / JOB_SECONDS;
  for (let round = 0; round < run.rounds; round += 1) {
    const seconds = run.seconds + 1;
    const task = { ...SAMPLE, rate: FACTOR * capacity, seconds, warmUpSeconds: 1 };
    const { accepted, refused, lateP99 } = await run.loadOpenLoop(server, task);
    run.figure('overload', accepted.p99 / (JOB_SECONDS * 1000));
    run.figure('overload-refused', refused.p99);
    run.detail('10× overload, share of possible answers', server.name, [accepted.count / (capacity * seconds), '']);
    run.detail('10× overload, accepted p99', server.name, [accepted.p99, 'ms']);
    run.detail('10× overload, requests sent late by (p99)', 'generator', [lateP99, 'ms']);
  }
  await server.stop();
}
