/** Owns the course of `npm run bench`: prepares, measures one thing after the other, prints and writes the result. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.mjs';
import { createRun } from './bench-run.mjs';
import { prepareEnvironment } from './environment.mjs';
import { judge } from './figures.mjs';
import { createGenerator } from './generator.mjs';
import { measureBodies } from './measurements/bodies.mjs';
import { measureLanguages } from './measurements/languages.mjs';
import { measureLatency } from './measurements/latency.mjs';
import { measureMemory } from './measurements/memory.mjs';
import { measureOverload } from './measurements/overload.mjs';
import { measureProxy } from './measurements/proxy.mjs';
import { measureSleep } from './measurements/sleep.mjs';
import { measureStart } from './measurements/start.mjs';
import { measureStream } from './measurements/stream.mjs';
import { measureThroughput } from './measurements/throughput.mjs';
import { measureValidation } from './measurements/validation.mjs';
import { prepareNodePeers } from './node-peers.mjs';
import { readOptions } from './options.mjs';
import { createServers } from './servers.mjs';
import { detailsTable, figuresTable } from './table.mjs';

const CACHE = fileURLToPath(new URL('../../.cache/bench', import.meta.url));
const INTERRUPTED = 130;

const MEASUREMENTS = {
  start: measureStart,
  memory: measureMemory,
  throughput: measureThroughput,
  latency: measureLatency,
  sleep: measureSleep,
  bodies: measureBodies,
  overload: measureOverload,
  stream: measureStream,
  languages: measureLanguages,
  proxy: measureProxy,
  validation: measureValidation,
};

try {
  const options = readOptions(process.argv.slice(2), Object.keys(MEASUREMENTS));
  if (options.help) console.log(options.help);
  else await bench(options);
} catch (error) {
  console.error(error instanceof BenchError ? `\n  ${error.message}\n` : error);
  process.exitCode = 1;
}

async function bench(options) {
  if (process.platform !== 'linux') throw new BenchError('The benchmark reads /proc, so it runs on Linux only.');
  const { python, version } = prepareEnvironment(CACHE);
  const peers = prepareNodePeers(CACHE);
  const generator = createGenerator(options.generator);
  const servers = createServers({ python, peers, logs: join(CACHE, 'logs') });
  const machine = describeMachine({ python: version, generator: generator.name, options });
  console.log(machineLine(machine));
  endOnSignals(servers, generator);
  const run = createRun({ ...options, servers, generator, cache: CACHE });
  try {
    for (const name of Object.keys(MEASUREMENTS).filter((key) => options.only.includes(key))) {
      console.log(`measuring ${name} …`);
      await MEASUREMENTS[name](run);
    }
  } finally {
    generator.stop();
    await servers.stopAll();
  }
  publish(machine, run);
}

function describeMachine({ python, generator, options }) {
  const { rounds, seconds } = options;
  return {
    date: new Date().toISOString(),
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    python,
    generator,
    loadAverage: loadavg()[0],
    rounds,
    seconds,
  };
}

function machineLine({ cores, processor, memoryGb, node, python, generator, loadAverage, rounds, seconds }) {
  const machine = `${cores} cores (${processor}), ${memoryGb} GB, Node ${node}, Python ${python}`;
  const busy = loadAverage > cores / 2 ? ' – the machine is busy with other work, which blurs every figure' : '';
  return `${machine}; load by ${generator}, ${rounds} rounds of ${seconds} s; load average ${loadAverage.toFixed(2)}${busy}`;
}

// The servers lead process groups of their own, so that a Ctrl-C does not reach them by itself.
function endOnSignals(servers, generator) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, async () => {
      generator.stop();
      await servers.stopAll();
      process.exit(INTERRUPTED);
    });
  }
}

function publish(machine, run) {
  const figures = judge(run.summaries());
  const details = run.details();
  console.log(`\n${detailsTable(details)}\n\n${figuresTable(figures)}\n\n${machineLine(machine)}`);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'latest.json'), `${JSON.stringify({ machine, figures, details }, undefined, 2)}\n`);
}
