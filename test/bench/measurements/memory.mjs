/** Owns the memory that a server's processes hold after 10,000 calls; each is started anew in each round. */
import { setTimeout as sleep } from 'node:timers/promises';
import { memory } from '../process-tree.mjs';
import { bare, fastapi, wrapper } from '../servers.mjs';

const TASK = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42', connections: 16, calls: 10_000 };
const SETTLE_MS = 300;
const NAMES = { pss: 'PSS', once: 'each page once', rss: 'RSS added up' };
const MEGABYTE = 1024 * 1024;

export async function measureMemory(run) {
  const contestants = [
    { key: 'bare', plan: bare },
    { key: 'wrapper', plan: wrapper() },
    { key: 'fastapi', plan: fastapi },
  ];
  await run.alternate(
    contestants,
    ({ plan }) => memoryAfterCalls(run, plan),
    (results) => {
      run.figure('memory', results.wrapper.once / results.bare.once);
      run.figure('memory-pss', results.wrapper.pss / results.bare.pss);
      for (const { key, plan } of contestants) {
        for (const way of ['pss', 'once', 'rss']) {
          run.detail(`10,000 calls, ${NAMES[way]}`, plan.name, [results[key][way] / MEGABYTE, 'MB']);
        }
      }
    },
  );
}

async function memoryAfterCalls(run, plan) {
  const server = await run.start(plan);
  await run.load(server, TASK);
  await sleep(SETTLE_MS);
  const held = memory(server.pid);
  await server.stop();
  return held;
}
