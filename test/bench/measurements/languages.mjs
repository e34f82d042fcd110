/** Owns jobs in Node and Go beside bare Node, the functions-framework and express: calls per second and CPU per call at c=16. */
import { cpuMicroseconds } from '../process-tree.mjs';
import { bare, express, functionsFramework, wrapper } from '../servers.mjs';

const TASK = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42', connections: 16 };

export async function measureLanguages(run) {
  const plans = {
    bare,
    node: wrapper({ name: 'wrapper, Node job', job: 'adder.ts' }),
    go: wrapper({ name: 'wrapper, Go job', job: 'golang/adder.go' }),
    framework: functionsFramework,
    express,
  };
  const contestants = [];
  for (const [key, plan] of Object.entries(plans)) contestants.push({ key, server: await run.start(plan) });
  for (const { server } of contestants) await run.load(server, { ...TASK, seconds: 1 });
  await run.alternate(
    contestants,
    ({ server }) => loadAndCount(run, server),
    (results) => record(run, contestants, results),
  );
  await Promise.all(contestants.map(({ server }) => server.stop()));
}

async function loadAndCount(run, server) {
  const before = cpuMicroseconds(server.pid);
  const report = await run.load(server, { ...TASK, seconds: run.seconds });
  return { ...report, cpu: (cpuMicroseconds(server.pid) - before) / report.calls };
}

function record(run, contestants, results) {
  const { bare: base, node, go, framework, express: peer } = results;
  run.figure('node-16', node.rate / base.rate);
  run.figure('go-16', go.rate / base.rate);
  run.figure('node-cpu', node.cpu / base.cpu);
  run.figure('go-cpu', go.cpu / base.cpu);
  run.figure('node-framework', node.rate / framework.rate);
  run.figure('node-express', node.rate / peer.rate);
  for (const { key, server } of contestants) {
    run.detail('languages, c=16', server.name, [results[key].rate, 'calls/s']);
    run.detail('languages, c=16, CPU per call', server.name, [results[key].cpu, 'µs']);
  }
}
