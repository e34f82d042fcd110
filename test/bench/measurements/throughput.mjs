/** Owns calls per second at c=16 and c=64, and CPU time per call: all servers, one after the other in each round. */
import { cpuMicroseconds } from '../process-tree.mjs';
import { bare, fastapi, wrapper } from '../servers.mjs';

const TASK = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42' };
const WARM_UP = { ...TASK, connections: 16, seconds: 1 };

export async function measureThroughput(run) {
  const contestants = await startAll(run);
  for (const { server, path } of contestants) await run.load(server, { ...WARM_UP, path });
  for (const connections of [16, 64]) {
    await run.alternate(
      contestants,
      ({ server, path }) => loadAndCount(run, server, { ...TASK, path, connections, seconds: run.seconds }),
      (results) => record(run, connections, { contestants, results }),
    );
  }
  await Promise.all(contestants.map(({ server }) => server.stop()));
}

async function startAll(run) {
  const { path } = TASK;
  const peer = await run.start(fastapi);
  return [
    { key: 'bare', name: 'bare node:http', server: await run.start(bare), path },
    { key: 'quiet', name: 'wrapper, log off', server: await run.start(wrapper()), path },
    { key: 'logging', name: 'wrapper, default log', server: await startLogging(run), path },
    { key: 'async', name: 'FastAPI async def', server: peer, path },
    { key: 'def', name: 'FastAPI def', server: peer, path: `/def${path}` },
  ];
}

function startLogging(run) {
  return run.start(wrapper({ name: 'wrapper with log', options: [] }));
}

async function loadAndCount(run, server, task) {
  const before = cpuMicroseconds(server.pid);
  const report = await run.load(server, task);
  const cpu = (cpuMicroseconds(server.pid) - before) / report.calls;
  // Some hundred megabytes come together in a run otherwise.
  server.clearLog();
  return { ...report, cpu };
}

function record(run, connections, { contestants, results }) {
  const { bare: base, quiet, logging, async: coroutine, def } = results;
  run.figure(`rate-${connections}`, quiet.rate / base.rate);
  run.figure(`rate-log-${connections}`, logging.rate / base.rate);
  run.figure(`fastapi-async-${connections}`, quiet.rate / coroutine.rate);
  run.figure(`fastapi-def-${connections}`, quiet.rate / def.rate);
  if (connections === 16) run.figure('cpu', quiet.cpu / base.cpu);
  for (const { key, name } of contestants) {
    run.detail(`c=${connections}`, name, [results[key].rate, 'calls/s']);
    run.detail(`c=${connections}, p99`, name, [results[key].p99 / 1000, 'ms']);
    run.detail(`c=${connections}, CPU per call`, name, [results[key].cpu, 'µs']);
  }
}
