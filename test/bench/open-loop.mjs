/**
 * Owns the open-loop load generator, a process of its own: requests start at a constant rate whatever the answers do,
 * and a latency counts from the moment the request was due. It reads its task from standard input as JSON.
 */
import { readFileSync } from 'node:fs';
import { encodeRequest, openConnection } from './connection.mjs';
import { quantile } from './statistics.mjs';

const REFUSED = 429;
/** Timers count whole milliseconds; the rest is waited for awake. Staying awake longer would cost the server a core. */
const TIMER_MS = 1;
const ANSWER_LIMIT_MS = 30_000;

const task = JSON.parse(readFileSync(0, 'utf8'));
const request = encodeRequest(task);
const idle = [];
const accepted = [];
const refused = [];
const delays = [];
let wrong = 0;
let pending = 0;

const warmUp = task.warmUpSeconds ?? 0;
const total = Math.round((task.seconds + warmUp) * task.rate);
const begin = performance.now();
for (let index = 0; index < total; index += 1) {
  const due = begin + (index * 1000) / task.rate;
  await reach(due);
  send(due, index >= warmUp * task.rate);
}
const limit = performance.now() + ANSWER_LIMIT_MS;
while (pending > 0 && performance.now() < limit) await reach(performance.now() + 5);
for (const connection of idle) connection.close();
console.log(
  JSON.stringify({
    accepted: describe(accepted),
    refused: describe(refused),
    wrong: wrong + pending,
    lateP99: quantile(delays, 0.99),
  }),
);
// Connections that never answered would keep the process.
process.exit(0);

function send(due, counts) {
  const connection = idle.pop() ?? openConnection(task.port);
  pending += 1;
  if (counts) delays.push(performance.now() - due);
  connection.call(request, (error, answer) => {
    const latency = performance.now() - due;
    pending -= 1;
    if (error) {
      wrong += 1;
      return;
    }
    idle.push(connection);
    if (answer.status !== 200 && answer.status !== REFUSED) wrong += 1;
    else if (counts) (answer.status === 200 ? accepted : refused).push(latency);
  });
}

async function reach(due) {
  const left = due - performance.now();
  if (left >= TIMER_MS) await new Promise((resolve) => setTimeout(resolve, left));
  while (performance.now() < due) await new Promise(setImmediate);
}

function describe(latencies) {
  return { count: latencies.length, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
