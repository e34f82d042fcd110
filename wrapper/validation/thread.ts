/** Owns the thread that checks what is large or costly, so that nothing else has to wait for it. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadAnswer, ThreadOrder } from './check-thread.ts';
import { Inspector } from './inspector.ts';
import type { CheckPlan } from './plan.ts';

const port = parentPort;
if (!port) throw new Error('this file is started as a thread');
const inspector = new Inspector(workerData as CheckPlan);

port.on('message', ({ name, body }: ThreadOrder) => {
  const bytes = typeof body === 'string' ? readFile(body) : Buffer.concat(body);
  const accepted = bytes === undefined || inspector.accepts(name, bytes);
  const verdict = accepted ? undefined : inspector.inspect(name, bytes);
  port.postMessage({ verdict: bytes ? verdict : 'unavailable' } satisfies ThreadAnswer);
});

/** Undefined when it is gone: so is its caller. */
function readFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

await inspector.compile();
port.postMessage({ ready: true } satisfies ThreadAnswer);
