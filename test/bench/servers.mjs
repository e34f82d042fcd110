/** Owns the servers under test: how each is started, when it answers, and that nothing of it is left afterwards. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.mjs';
import { ask, encodeRequest } from './connection.mjs';
import { isAlive, processTree } from './process-tree.mjs';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;
const RETRY_MS = 2;
/** Only what programs need to run: settings of the caller's shell must not change a figure. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const WRAPPER = here('../../dist/racetrack-wrapper.js');
const SUM = { path: '/api/v1/perform', body: '{"numbers":[40,2]}', expected: '42' };

/** Starts servers and remembers them, so that `stop()` can end all that still run. */
export function createServers({ python, peers, logs }) {
  const running = new Set();
  let stopped = false;
  mkdirSync(logs, { recursive: true });

  /** Starts one of the plans below; resolves when it has given a right answer, with the milliseconds that took. */
  async function start(plan) {
    const port = await freePort();
    if (stopped) throw new BenchError('interrupted');
    const { command, args } = plan.command({ port, python, peers });
    const log = join(logs, `${plan.name.replace(/\W+/g, '-')}.log`);
    const output = openSync(log, 'w');
    closeSync(output);
    const descriptor = openSync(log, 'a');
    const began = performance.now();
    const child = spawn(command, args, {
      cwd: here('./jobs'),
      env: cleanEnvironment(),
      stdio: ['ignore', descriptor, descriptor],
      detached: true,
    });
    closeSync(descriptor);
    const server = { name: plan.name, port, pid: child.pid, log, clearLog: () => truncateSync(log, 0), stop };
    const handle = { child, server };
    running.add(handle);
    const startMs = await firstRightAnswer(handle, plan.sample ?? SUM, began);
    return Object.assign(server, { startMs });

    async function stop() {
      await stopTree(child);
      running.delete(handle);
    }
  }

  async function stopAll() {
    stopped = true;
    await Promise.all([...running].map(({ server }) => server.stop()));
  }
  return { start, stopAll };
}

/** Node's own server with the work in-process. */
export const bare = {
  name: 'bare node:http',
  command: ({ port }) => ({ command: process.execPath, args: [here('./servers/bare.mjs'), String(port)] }),
};

/** FastAPI on uvicorn with uvloop and httptools; it serves all variants. */
export const fastapi = {
  name: 'FastAPI',
  command: ({ port, python }) => ({
    command: python,
    args: [
      ...['-m', 'uvicorn', '--app-dir', here('./servers'), 'fastapi_app:app', '--port', String(port), '--workers', '1'],
      ...['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'warning'],
    ],
  }),
};

/** Google's functions-framework for Node. */
export const functionsFramework = {
  name: 'functions-framework',
  command: ({ port, peers }) => ({
    command: process.execPath,
    args: [
      join(peers, 'node_modules/@google-cloud/functions-framework/build/src/main.js'),
      ...['--target=perform', `--source=${here('./servers/functions-framework')}`, `--port=${port}`],
    ],
  }),
};

export const express = {
  name: 'express',
  command: ({ port, peers }) => ({
    command: process.execPath,
    args: [here('./servers/express-app.mjs'), String(port), peers],
  }),
};

/** A program that does nothing, to be put behind others. */
export const nullProgram = {
  name: 'null program',
  command: ({ port }) => ({ command: process.execPath, args: [here('./servers/null.mjs'), String(port)] }),
};

/** `node:http` in front of the program at this port. */
export const pipe = (upstream) => ({
  name: 'node:http Agent and pipe',
  command: ({ port }) => ({
    command: process.execPath,
    args: [here('./servers/pipe.mjs'), String(port), String(upstream)],
  }),
});

/** The wrapper in front of the program at this port. */
export const wrapperOf = (upstream) => ({
  name: 'wrapper of a program',
  command: ({ port }) => ({
    command: process.execPath,
    args: [
      ...[WRAPPER, 'run', '--url', `http://127.0.0.1:${upstream}`],
      ...['--port', String(port), '--host', '127.0.0.1', '--no-access-log'],
    ],
  }),
});

/** The wrapper with a job of `jobs/` and further options; `sample` is a request with its right answer. */
export function wrapper({ name = 'wrapper', job = 'adder.py', options = ['--no-access-log'], sample } = {}) {
  return {
    name,
    sample,
    command: ({ port, python }) => ({
      command: process.execPath,
      args: [
        ...[WRAPPER, 'run', here(`./jobs/${job}`), '--port', String(port), '--host', '127.0.0.1'],
        ...(job.endsWith('.py') ? ['--python', python] : []),
        ...options,
      ],
    }),
  };
}

async function firstRightAnswer({ child, server }, sample, began) {
  let spawnError;
  child.once('error', (error) => {
    spawnError = error;
  });
  const bytes = encodeRequest({ ...sample, headers: { 'content-type': 'application/json', ...sample.headers } });
  let last = 'no answer';
  while (performance.now() - began < START_LIMIT_MS) {
    if (spawnError || child.exitCode !== null || child.signalCode !== null) {
      throw new BenchError(`${server.name} ended at its start: ${spawnError?.message ?? tail(server.log)}`);
    }
    const answer = await ask(server.port, bytes).catch(() => undefined);
    if (answer?.status === 200 && answer.body === sample.expected) return performance.now() - began;
    if (answer) last = `${answer.status} ${answer.body.slice(0, 300)}`;
    if (answer?.status === 200) break;
    await sleep(RETRY_MS);
  }
  throw new BenchError(`${server.name} gave no right answer, but: ${last}\n${tail(server.log)}`);
}

// Asked to end politely first; whatever is left of its tree then is ended by force.
async function stopTree(child) {
  if (child.pid === undefined) return;
  const tree = processTree(child.pid);
  child.kill('SIGTERM');
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (tree.some(isAlive) && performance.now() < deadline) await sleep(10);
  for (const member of tree.filter(isAlive)) process.kill(member.pid, 'SIGKILL');
}

function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.includes(name)));
}

function freePort() {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function tail(log) {
  return readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
}
