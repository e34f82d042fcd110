/** Owns the time from spawning a server to its first right answer; each is started anew in each round. */

import { bare, fastapi, wrapper } from '../servers.mjs';
import { median } from '../statistics.mjs';

/** A start is short and uneven, so that a round takes the median of some. */
const STARTS = 3;

export async function measureStart(run) {
  const contestants = [
    { key: 'bare', plan: bare },
    { key: 'wrapper', plan: wrapper() },
    { key: 'node', plan: wrapper({ name: 'wrapper, Node job', job: 'adder.ts' }) },
    { key: 'go', plan: wrapper({ name: 'wrapper, Go job', job: 'golang/adder.go' }) },
    { key: 'fastapi', plan: fastapi },
  ];
  for (const { plan } of contestants) await medianStart(run, plan); // what is bundled or compiled once is so now
  await run.alternate(
    contestants,
    ({ plan }) => medianStart(run, plan),
    (results) => {
      run.figure('start', results.wrapper / results.bare);
      run.figure('start-node', results.node / results.bare);
      run.figure('start-go', results.go / results.bare);
      run.figure('start-fastapi', results.wrapper / results.fastapi);
      for (const { key, plan } of contestants) run.detail('spawn → first answer', plan.name, [results[key], 'ms']);
    },
  );
}

async function medianStart(run, plan) {
  const times = [];
  for (let index = 0; index < STARTS; index += 1) {
    const server = await run.start(plan);
    await server.stop();
    times.push(server.startMs);
  }
  return median(times);
}
