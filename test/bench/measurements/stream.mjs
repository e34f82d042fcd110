/** Owns how fast a generator's items reach a single caller as lines of JSON. */
import { fastapi, wrapper } from '../servers.mjs';

const CHUNKS = 1000;
const SAMPLE = {
  path: '/api/v1/perform',
  body: `{"limit":${CHUNKS}}`,
  expected: Array.from({ length: CHUNKS }, (_, number) => `{"number":${number}}\n`).join(''),
  headers: { accept: 'application/x-ndjson' },
};

export async function measureStream(run) {
  const contestants = [
    { key: 'wrapper', server: await run.start(wrapper({ job: 'counter.py', sample: SAMPLE })), path: SAMPLE.path },
    { key: 'fastapi', server: await run.start(fastapi), path: `/stream${SAMPLE.path}` },
  ];
  for (const { server, path } of contestants) await run.load(server, { ...SAMPLE, path, connections: 1, seconds: 1 });
  await run.alternate(
    contestants,
    ({ server, path }) => run.load(server, { ...SAMPLE, path, connections: 1, seconds: run.seconds }),
    (results) => {
      run.figure('stream', results.wrapper.rate / results.fastapi.rate);
      for (const { key, server } of contestants) {
        run.detail('stream, c=1', server.name, [results[key].rate * CHUNKS, 'chunks/s']);
      }
    },
  );
  await Promise.all(contestants.map(({ server }) => server.stop()));
}
