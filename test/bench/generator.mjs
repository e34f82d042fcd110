/** Owns driving a server: a closed loop by wrk where it is installed, else by our own generator; an open loop by our own. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.mjs';

const CLOSED_LOOP = fileURLToPath(new URL('./load.mjs', import.meta.url));
const OPEN_LOOP = fileURLToPath(new URL('./open-loop.mjs', import.meta.url));

/** wrk hands its counters to `done`; percentiles are in microseconds there. */
const SCRIPT = (bodyFile, { method = 'POST', headers = {} }) => `
local file = assert(io.open(${JSON.stringify(bodyFile)}, "rb"))
wrk.method = ${JSON.stringify(method)}
wrk.body = file:read("*a")
file:close()
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  .join('\n')}
done = function(summary, latency)
  local e = summary.errors
  print(string.format('{"calls":%d,"microseconds":%d,"p50":%d,"p99":%d,"wrong":%d}', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
`;

/**
 * Chooses the generator: `name` says which, `drive(task)` loads a server and tells calls, rate, p50, p99 (µs).
 * A task is `{ port, path, headers, body, expected, connections, seconds }`; with `calls` instead of `seconds`, or with `firstByte`,
 * our own generator runs: only it can stop at a number, and only it tells the median time to the first byte of the body (µs).
 */
export function createGenerator(preferred) {
  const useWrk = preferred === 'wrk' || (preferred === undefined && hasWrk());
  if (useWrk && !hasWrk()) throw new BenchError('wrk is not on the PATH: install it, or use --generator node.');
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-bench-'));
  const running = new Set();
  return {
    name: useWrk ? 'wrk' : 'node (own generator)',
    async drive(task) {
      const bodyFile = join(folder, 'body');
      writeFileSync(bodyFile, task.body);
      const command =
        useWrk && task.calls === undefined && !task.firstByte
          ? wrkCommand(task, bodyFile, folder)
          : ownCommand(task, bodyFile);
      const report = readReport(await collect(command, running), command.command);
      if (report.wrong > 0) {
        throw new BenchError(
          `${report.wrong} of ${report.calls} calls to ${task.server} were not answered with a right 200.`,
        );
      }
      return { ...report, rate: report.calls / (report.microseconds / 1e6) };
    },
    /** A constant rate: `{ server, port, path, method, headers, body, rate, seconds, warmUpSeconds }`; latencies in ms. */
    async driveOpenLoop(task) {
      const command = { command: process.execPath, args: [OPEN_LOOP], input: JSON.stringify(task) };
      const report = readReport(await collect(command, running), 'the open-loop generator');
      if (report.wrong > 0) throw new BenchError(`${report.wrong} calls to ${task.server} got neither 200 nor 429.`);
      return report;
    },
    stop() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function hasWrk() {
  return spawnSync('wrk', ['--version']).error === undefined;
}

function wrkCommand(task, bodyFile, folder) {
  const script = join(folder, 'wrk.lua');
  writeFileSync(script, SCRIPT(bodyFile, task));
  const { connections, seconds, port, path } = task;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script];
  return { command: 'wrk', args: [...args, `http://127.0.0.1:${port}${path}`], input: '' };
}

function ownCommand({ body: _body, ...task }, bodyFile) {
  return { command: process.execPath, args: [CLOSED_LOOP], input: JSON.stringify({ ...task, bodyFile }) };
}

function collect({ command, args, input }, running) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new BenchError(`cannot run ${command}: ${cause.message}`)));
    child.once('close', () => {
      running.delete(child);
      resolve(output);
    });
  });
}

function readReport(output, command) {
  const line = output.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new BenchError(`${command} ended without a report:\n${output}`);
  return JSON.parse(line);
}
