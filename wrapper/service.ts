/** Owns a running wrapper as a whole: runner, gate and server put together, started and stopped in the right order. */
import type { Server } from 'node:http';
import { DEFAULT_COROUTINES, DEFAULT_QUEUE, DEFAULT_THREADS, type WrapperConfig } from './config.ts';
import type { Logger, LogSink } from './core/log.ts';
import { AccessLog } from './http/access-log.ts';
import { BodyFiles, removeAbandonedBodies } from './http/body-files.ts';
import { FrontEnd } from './http/front.ts';
import type { FrontParts, JobSide } from './http/job-side.ts';
import { OpenViews } from './http/open-views.ts';
import type { JobStatus } from './http/probes.ts';
import { addressOf, listen } from './http/server.ts';
import { WorkerSide } from './http/worker-side.ts';
import { JobMetrics } from './metrics.ts';
import type { JobDescription } from './protocol/messages.ts';
import type { Runner, RunnerEvents } from './runner.ts';
import type { Tracing } from './tracing.ts';
import type { Call } from './worker/call.ts';
import { Gate, type GateLimits } from './worker/gate.ts';
import { WorkerPool } from './worker/pool.ts';
import type { HostProcess } from './worker/process.ts';

export interface Service {
  /** Such as `http://127.0.0.1:7000`. */
  readonly address: string;
  readonly status: JobStatus;
  /** `python 3.11.7`, once the process has said so. */
  readonly languageVersion: string | undefined;
  /** Resolves when the job is ready or has failed to start. */
  settled(): Promise<JobStatus>;
  /** Loads the job's files anew beside the running ones, and switches. */
  reload(): Promise<void>;
  /** Drains, runs the job's shutdown, and leaves no process behind. */
  stop(): Promise<void>;
}

export interface ServiceParts {
  readonly logger: Logger;
  readonly sink: LogSink;
  readonly tracing?: Tracing | null;
  /** The job's process, if it has been started already. */
  readonly started?: HostProcess | undefined;
}

/** Starts workers and server; the server listens before the job is loaded. Rejects when the address cannot be used. */
export async function startService(
  config: WrapperConfig,
  { logger, sink, tracing = null, started }: ServiceParts,
): Promise<Service> {
  let announce: (status: JobStatus) => void = () => {};
  const settled = new Promise<JobStatus>((resolve) => {
    announce = resolve;
  });
  const metrics: JobMetrics = new JobMetrics(() => ({
    queueLength: gate.waiting,
    busyWorkers: runner.workers.filter((worker) => worker.load > 0).length,
    runningCalls: gate.running,
    logLinesDropped: sink.dropped,
    workers: runner.workers.map((worker, index) => ({ worker: String(index), pid: worker.pid })),
  }));
  const views = new OpenViews();
  const bodyFiles = new BodyFiles();
  const events: RunnerEvents = {
    onChange: () => onChange(),
    onRoom: () => gate.pump(),
    onLog: (record, call) => {
      if (record.verbatim) logger.verbatim(record.message);
      else
        logger.log(record.level, record.message, {
          ...record.extra,
          ...front.fieldsOf(call),
        });
    },
    onRestart: (reason, text) => {
      metrics.workerRestarted(reason);
      logger.log(reason === 'crash' || reason === 'timeout' ? 'ERROR' : 'INFO', text);
    },
  };
  const shared = { config, logger, log: new AccessLog(logger, config), metrics, bodyFiles, views, tracing };
  const { parts, side } = await createSide(shared, events, started);
  const { runner, gate } = parts;
  const front = new FrontEnd(parts, side);
  let known: JobDescription | undefined;
  let failed: string | undefined;
  let ready = false;

  function onChange(): void {
    const { status } = front;
    if (runner.description && runner.description !== known) {
      known = runner.description;
      gate.limits = limitsFor(known, config);
      front.describe(known);
    }
    if (status.failure && status.failure.error !== failed) {
      failed = status.failure.error;
      logger.log('ERROR', `Initialization error: ${failed}`);
      if (status.failure.hint) logger.log('ERROR', `hint: ${status.failure.hint}`);
    }
    if (status.state === 'ready' && !ready) logger.log('INFO', 'Server is ready');
    ready = status.state === 'ready';
    if (ready || status.state === 'failed') announce(status);
  }

  if (config.failure) onChange();
  else await runner.start();
  let server: Server;
  try {
    server = await listen({
      host: config.host,
      port: config.port,
      requestMs: config.limits.requestMs,
      onRequest: (req, res) => front.handle(req, res),
      onUpgrade: (req, socket, head) => void front.upgrade(req, socket, head),
    });
  } catch (error) {
    await runner.stop();
    throw error;
  }
  logger.log('INFO', `Running server on ${addressOf(server)}`);
  void removeAbandonedBodies();
  let stopped: Promise<void> | undefined;
  return {
    address: addressOf(server),
    get status() {
      return front.status;
    },
    get languageVersion() {
      return runner.languageVersion;
    },
    settled: () => settled,
    reload: () => runner.reload(),
    stop: () => {
      stopped ??= stop({ config, front, gate, views, runner, server }).then(() => {
        bodyFiles.remove();
        return tracing?.shutdown();
      });
      return stopped;
    },
  };
}

/** The runner that the job's plan asks for, with its gate and the way in for requests. */
async function createSide(
  shared: Omit<FrontParts, 'runner' | 'gate'>,
  events: RunnerEvents,
  started: HostProcess | undefined,
): Promise<{ parts: FrontParts; side: JobSide }> {
  const { plan, limits } = shared.config;
  const first: GateLimits = { concurrency: 1, queue: 0 };
  if (plan.kind === 'workers') {
    const runner = new WorkerPool({ ...plan, ...limits, started }, events);
    const parts = { ...shared, runner, gate: new Gate<Call>(runner, first) };
    return { parts, side: new WorkerSide(parts) };
  }
  const { createProgramSide } = await import('./upstream/program-side.ts');
  return createProgramSide(plan, { shared, events, first });
}

interface Stopping {
  readonly config: WrapperConfig;
  readonly front: FrontEnd;
  readonly gate: Gate;
  readonly views: OpenViews;
  readonly runner: Runner;
  readonly server: Server;
}

/** `/ready` turns false first; after the drain delay calls are refused; running ones may end; then the runner and the server go. */
async function stop({ config, front, gate, views, runner, server }: Stopping): Promise<void> {
  const { drainMs, graceMs } = config.limits;
  front.announceStop();
  if (drainMs > 0 && runner.state === 'ready') await new Promise((resolve) => setTimeout(resolve, drainMs));
  front.refuseCalls();
  views.goAway();
  const deadline = Date.now() + graceMs;
  while (gate.running + gate.waiting + front.beingChecked + views.size > 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  views.cutOff();
  await front.stop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await runner.stop();
  server.closeAllConnections();
  await closed;
}

/** The job's own limit, or what its workers can run: threads for plain functions, an event loop for coroutines. */
function limitsFor(description: JobDescription, config: WrapperConfig): GateLimits {
  const { workers, maxConcurrency, maxQueue } = config.limits;
  const blocking = description.endpoints.some((endpoint) => !endpoint.async);
  const capacity = workers * (blocking ? DEFAULT_THREADS : DEFAULT_COROUTINES);
  const unbounded = maxConcurrency === null ? DEFAULT_QUEUE : Math.max(DEFAULT_QUEUE, maxConcurrency);
  return { concurrency: maxConcurrency ?? capacity, queue: maxQueue ?? unbounded };
}
