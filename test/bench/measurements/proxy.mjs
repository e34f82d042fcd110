/** Owns an HTTP program behind the wrapper, beside the usual way of Node: an Agent that keeps connections, and pipes. */
import { cpuMicroseconds } from '../process-tree.mjs';
import { nullProgram, pipe, wrapperOf } from '../servers.mjs';

const TASK = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42', connections: 16 };

export async function measureProxy(run) {
  const program = await run.start(nullProgram);
  const contestants = [
    { key: 'wrapper', server: await run.start(wrapperOf(program.port)) },
    { key: 'pipe', server: await run.start(pipe(program.port)) },
  ];
  for (const { server } of contestants) await run.load(server, { ...TASK, seconds: 1 });
  await run.alternate(
    contestants,
    ({ server }) => loadAndCount(run, server),
    (results) => {
      run.figure('proxy', results.wrapper.rate / results.pipe.rate);
      run.figure('proxy-cpu', results.wrapper.cpu / results.pipe.cpu);
      for (const { key, server } of contestants) {
        run.detail('in front of a null program, c=16', server.name, [results[key].rate, 'calls/s']);
        run.detail('in front of a null program, CPU per call', server.name, [results[key].cpu, 'µs']);
      }
    },
  );
  await Promise.all([program, ...contestants.map(({ server }) => server)].map((server) => server.stop()));
}

async function loadAndCount(run, server) {
  const before = cpuMicroseconds(server.pid);
  const report = await run.load(server, { ...TASK, seconds: run.seconds });
  return { ...report, cpu: (cpuMicroseconds(server.pid) - before) / report.calls };
}
