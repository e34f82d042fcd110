/**
 * Owns `npm start`: prepares, builds, serves sample/python-class, calls it once and shows how, then runs until Ctrl-C.
 *
 * `npm start -- --once` stops after the call.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from './build.mjs';
import { inProject, main, projectRoot, StepError } from './lib/project.mjs';
import { prepare } from './prepare.mjs';

const COMMAND = 'dist/racetrack-wrapper.js';
const SAMPLE = 'sample/python-class/entrypoint.py';
const EXAMPLE = '{"numbers": [40, 2]}';
const USUAL_PORT = 7000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

await main(async () => {
  await prepare();
  if (isBuildStale()) await build();
  const port = await choosePort();
  const service = startService(port);
  let signal;
  try {
    signal = await Promise.race([serve(service, port), failWhenGone(service), askedToStop()]);
  } finally {
    await stop(service, signal ?? 'SIGTERM');
  }
});

async function serve(service, port) {
  await untilReady(service, port);
  await showCall(port);
  if (process.argv.includes('--once')) return;
  console.log('  Press Ctrl-C to stop.\n');
  await new Promise(() => {});
}

function askedToStop() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
}

function isBuildStale() {
  if (!existsSync(inProject(COMMAND))) return true;
  const built = statSync(inProject(COMMAND)).mtimeMs;
  const sources = ['wrapper', 'jobtypes'].flatMap((folder) => typescriptFiles(inProject(folder)));
  return [...sources, inProject('package-lock.json'), inProject('scripts/build.mjs')].some(
    (file) => statSync(file).mtimeMs > built,
  );
}

function typescriptFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** The usual port, or a free one when that is taken. */
async function choosePort() {
  const usual = await tryPort(USUAL_PORT);
  if (usual !== undefined) return usual;
  console.log(`port ${USUAL_PORT} is taken, so another one is used`);
  return tryPort(0);
}

function tryPort(port) {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(undefined));
    probe.listen(port, () => {
      const { port: actual } = probe.address();
      probe.close(() => resolve(actual));
    });
  });
}

// In a process group of its own: Ctrl-C then reaches us alone, and we pass on one signal, not two.
function startService(port) {
  return spawn(process.execPath, [inProject(COMMAND), 'run', SAMPLE, '--port', String(port)], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

async function untilReady(service, port) {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  while (isRunning(service)) {
    if (await isReady(port)) return;
    if (limit.aborted) throw new StepError(`${SAMPLE} was not ready within ${START_LIMIT_MS / 1000} seconds.`);
    await delay(50);
  }
}

async function isReady(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function failWhenGone(service) {
  return new Promise((_resolve, reject) => {
    service.once('error', (cause) => reject(new StepError(`cannot start the service: ${cause.message}`)));
    service.once('exit', (code, signal) => {
      reject(new StepError(`the service ended by itself (${signal ?? `exit code ${code}`}); its output is above.`));
    });
  });
}

async function showCall(port) {
  const base = `http://127.0.0.1:${port}`;
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${base}/api/v1/perform`, { method: 'POST', headers, body: EXAMPLE });
  const answer = await response.text();
  console.log(`
  $ curl -X POST ${base}/api/v1/perform -H 'Content-Type: application/json' -d '${EXAMPLE}'
  ${answer}

  home     ${base}/
  docs     ${base}/docs
  health   ${base}/health
  metrics  ${base}/metrics
`);
  if (!response.ok) throw new StepError(`the call was answered with status ${response.status}.`);
}

async function stop(service, signal) {
  if (!isRunning(service)) return;
  const gone = new Promise((resolve) => service.once('exit', resolve));
  service.kill(signal);
  const limit = setTimeout(() => service.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(limit);
}

function isRunning(service) {
  return service.pid !== undefined && service.exitCode === null && service.signalCode === null;
}
