/**
 * Owns the closed-loop load generator, a process of its own: c connections, each with one request under way.
 * It reads its task from standard input as JSON and prints what it saw as JSON.
 */
import { readFileSync } from 'node:fs';
import { encodeRequest, openConnection } from './connection.mjs';
import { quantile } from './statistics.mjs';

const task = JSON.parse(readFileSync(0, 'utf8'));
const request = encodeRequest({ ...task, body: readFileSync(task.bodyFile) });
const deadline = performance.now() + (task.seconds ?? 1e6) * 1000;
const latencies = [];
const firstBytes = [];
let wrong = 0;
let sent = 0;

const begin = performance.now();
await Promise.all(Array.from({ length: task.connections }, runConnection));
const microseconds = (performance.now() - begin) * 1000;
console.log(
  JSON.stringify({
    calls: latencies.length,
    microseconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    firstByte: quantile(firstBytes, 0.5),
    wrong,
  }),
);

function runConnection() {
  return new Promise((resolve) => {
    let connection = openConnection(task.port);
    const next = () => {
      if (performance.now() >= deadline || sent >= (task.calls ?? Number.POSITIVE_INFINITY)) {
        connection.close();
        resolve();
        return;
      }
      sent += 1;
      const start = performance.now();
      connection.call(request, (error, answer) => {
        if (error) {
          wrong += 1;
          connection = openConnection(task.port);
          setTimeout(next, 1);
          return;
        }
        latencies.push((performance.now() - start) * 1000);
        firstBytes.push((answer.firstByteAt - start) * 1000);
        if (answer.status !== 200 || (task.expected !== undefined && answer.body !== task.expected)) wrong += 1;
        next();
      });
    };
    next();
  });
}
