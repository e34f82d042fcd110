/** Owns how much of the ideal rate is reached when calls wait: 64 callers, 64 places, 50 ms each. */
import { wrapper } from '../servers.mjs';

const CALLERS = 64;
const JOB_SECONDS = 0.05;
/** Shorter rounds would mostly show their own first and last 50 ms. */
const LEAST_SECONDS = 3;

const SAMPLE = { path: '/api/v1/perform', body: `{"seconds":${JOB_SECONDS}}`, expected: String(JOB_SECONDS) };

export async function measureSleep(run) {
  const options = ['--no-access-log', '--max-concurrency', String(CALLERS)];
  const server = await run.start(wrapper({ job: 'sleeper.py', options, sample: SAMPLE }));
  const task = { ...SAMPLE, connections: CALLERS };
  await run.load(server, { ...task, seconds: 1 });
  for (let round = 0; round < run.rounds; round += 1) {
    const { rate, p99 } = await run.load(server, { ...task, seconds: Math.max(run.seconds, LEAST_SECONDS) });
    run.figure('sleep', rate / (CALLERS / JOB_SECONDS));
    run.detail('50 ms sleep, c=64, p99', server.name, [p99 / 1000, 'ms']);
  }
  await server.stop();
}
