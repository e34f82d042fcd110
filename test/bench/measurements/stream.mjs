/** Owns how fast a generator's items reach one caller, and sixteen, as lines of JSON, and how soon the first of them is there. */
import { fastapi, wrapper } from '../servers.mjs';

const CHUNKS = 1000;
const SAMPLE = {
  path: '/api/v1/perform',
  body: `{"limit":${CHUNKS}}`,
  expected: Array.from({ length: CHUNKS }, (_, number) => `{"number":${number}}\n`).join(''),
  headers: { accept: 'application/x-ndjson' },
  firstByte: true,
};

export async function measureStream(run) {
  const contestants = [
    { key: 'wrapper', server: await run.start(wrapper({ job: 'counter.py', sample: SAMPLE })), path: SAMPLE.path },
    { key: 'fastapi', server: await run.start(fastapi), path: `/stream${SAMPLE.path}` },
  ];
  for (const { server, path } of contestants) await run.load(server, { ...SAMPLE, path, connections: 1, seconds: 1 });
  for (const connections of [1, 16]) {
    await run.alternate(
      contestants,
      ({ server, path }) => run.load(server, { ...SAMPLE, path, connections, seconds: run.seconds }),
      (results) => record(run, connections, { contestants, results }),
    );
  }
  await Promise.all(contestants.map(({ server }) => server.stop()));
}

function record(run, connections, { contestants, results }) {
  run.figure(`stream-${connections}`, results.wrapper.rate / results.fastapi.rate);
  run.figure(`stream-first-${connections}`, results.wrapper.firstByte / 1000);
  for (const { key, server } of contestants) {
    run.detail(`stream, c=${connections}`, server.name, [results[key].rate * CHUNKS, 'chunks/s']);
    run.detail(`stream, c=${connections}, first byte`, server.name, [results[key].firstByte / 1000, 'ms']);
  }
}
