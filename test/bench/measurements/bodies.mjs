/** Owns large request bodies: calls per second against FastAPI, and how long `/live` takes meanwhile. */
import { fastapi, wrapper } from '../servers.mjs';

const SIZES = [
  { key: 'body-100k', name: '100 kB body', bytes: 100_000 },
  { key: 'body-4m', name: '4 MB body', bytes: 4_000_000 },
];
/** A 4 MB call takes long: shorter rounds would count a handful. */
const LEAST_SECONDS = 3;
const LIVE = { method: 'GET', path: '/live', headers: {}, body: '', rate: 50 };

export async function measureBodies(run) {
  const contestants = [
    { key: 'wrapper', server: await run.start(wrapper()) },
    { key: 'fastapi', server: await run.start(fastapi) },
  ];
  for (const { key, name, bytes } of SIZES) {
    const task = { path: '/api/v1/perform', ...numbersOf(bytes), connections: 4 };
    for (const { server } of contestants) await run.load(server, { ...task, seconds: 1 });
    await run.alternate(
      contestants,
      ({ server }) => loadAndProbe(run, server, task),
      (results) => {
        run.figure(key, results.wrapper.rate / results.fastapi.rate);
        if (key === 'body-4m') run.figure('body-live', results.wrapper.live);
        for (const contestant of contestants) {
          run.detail(name, contestant.server.name, [results[contestant.key].rate, 'calls/s']);
          run.detail(`${name}, /live p99`, contestant.server.name, [results[contestant.key].live, 'ms']);
        }
      },
    );
  }
  await Promise.all(contestants.map(({ server }) => server.stop()));
}

async function loadAndProbe(run, server, task) {
  const seconds = Math.max(run.seconds, LEAST_SECONDS);
  const [{ rate }, live] = await Promise.all([
    run.load(server, { ...task, seconds }),
    run.loadOpenLoop(server, { ...LIVE, seconds }),
  ]);
  return { rate, live: live.accepted.p99, late: live.lateP99 };
}

/** A body of that size and its sum. Quarters add up exactly, in whatever order and language. */
function numbersOf(bytes) {
  const numbers = [];
  let sum = 0;
  for (let length = 0, seed = 1; length < bytes || Number.isInteger(sum); ) {
    seed = (seed * 48_271) % 2_147_483_647;
    const number = (seed % 400_000) / 4;
    numbers.push(number);
    sum += number;
    length += String(number).length + 1;
  }
  return { body: JSON.stringify({ numbers }), expected: String(sum) };
}
