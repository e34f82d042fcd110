/** Owns the start of a Node worker: imports the job, constructs it, describes it, and serves it until told to stop. */
import process from 'node:process';
import { FrameType, PROTOCOL_VERSION } from '../../../wrapper/protocol/frame.ts';
import type { Hello, Phase } from '../../../wrapper/protocol/messages.ts';
import type { WorkerOrder } from '../../../wrapper/worker/process.ts';
import { parse } from '../../../wrapper/worker/worker.ts';
import { Connection } from './connection.ts';
import { keepDescriptors, takeOutput } from './console.ts';
import { describe } from './describe.ts';
import { createJob } from './job.ts';
import { importEntrypoint } from './loader.ts';
import { sendLogTo } from './log.ts';
import { Worker } from './worker.ts';

const connection = new Connection(3);
let worker: Worker | undefined;
process.on('uncaughtException', (error) => onUncaught(error, 'exception'));
process.on('unhandledRejection', (reason) => onUncaught(reason, 'rejection'));
start(process.argv[2] as string).catch(fail);

async function start(entrypoint: string): Promise<void> {
  const hello: Hello = {
    protocol: PROTOCOL_VERSION,
    language: 'nodejs',
    version: process.versions.node,
    pid: process.pid,
  };
  connection.sendJson(FrameType.hello, hello);
  sendLogTo(connection);
  takeOutput();
  const reach = (phase: Phase) => connection.sendJson(FrameType.phase, phase);
  reach({ phase: 'importing' });
  const ordered = awaitOrder();
  const exported = await importEntrypoint(entrypoint);
  reach({ phase: 'imported', forks: false });
  const { className, env } = await ordered;
  reach({ phase: 'constructing' });
  Object.assign(process.env, env);
  const job = createJob(exported, { className, entrypoint });
  keepDescriptors();
  reach({ phase: 'describing' });
  const { description, endpoints, webview } = await describe(job);
  worker = new Worker(connection, { job, endpoints, webview });
  worker.run();
  connection.sendJson(FrameType.ready, description);
}

/** The wrapper's word that this process is to be the worker. One with a key asks for a fork, which Node cannot make. */
function awaitOrder(): Promise<WorkerOrder> {
  return new Promise((resolve) => {
    connection.listen((frame) => {
      if (frame.type !== FrameType.fork) return;
      const order = parse<WorkerOrder & { key?: string }>(frame.meta);
      if (order.key === undefined) resolve(order);
    });
  });
}

function onUncaught(error: unknown, kind: 'exception' | 'rejection'): void {
  if (worker) worker.onUncaught(error, kind);
  else void fail(error);
}

async function fail(error: unknown): Promise<void> {
  const { startFailure } = await import('./start-failure.ts');
  connection.sendJson(FrameType.failed, startFailure(error));
  connection.end(1);
}
