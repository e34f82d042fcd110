/** Owns the median latency of a single caller, and what the wrapper adds to bare Node. */
import { bare, fastapi, wrapper } from '../servers.mjs';

const TASK = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42', connections: 1 };

export async function measureLatency(run) {
  const contestants = [
    { key: 'bare', server: await run.start(bare) },
    { key: 'wrapper', server: await run.start(wrapper()) },
    { key: 'fastapi', server: await run.start(fastapi) },
  ];
  for (const { server } of contestants) await run.load(server, { ...TASK, seconds: 1 });
  await run.alternate(
    contestants,
    ({ server }) => run.load(server, { ...TASK, seconds: run.seconds }),
    (results) => {
      run.figure('latency', results.wrapper.p50 - results.bare.p50);
      for (const { key, server } of contestants) run.detail('c=1, p50', server.name, [results[key].p50, 'µs']);
    },
  );
  await Promise.all(contestants.map(({ server }) => server.stop()));
}
