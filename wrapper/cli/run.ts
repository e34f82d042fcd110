/** Owns `racetrack-wrapper run`: starts the service, tells how it goes, reloads and stops it on demand. */
import { stdout } from 'node:process';
import { messageOf } from '../core/errors.ts';
import { createLogger, descriptorSink, type Logger, type LogSink, parseLevel } from '../core/log.ts';
import type { LogRecord } from '../protocol/messages.ts';
import { type Service, startService } from '../service.ts';
import { createTracing } from '../tracing.ts';
import { colorsFor } from './colors.ts';
import type { HeadStart } from './head-start.ts';
import { isTruthy, type PreparedJob, prepareJob } from './job.ts';
import type { RunOptions } from './options.ts';

const SECOND_SIGNAL_EXIT = 130;

/** Runs until a signal stops it. Rejects with a UserError when the service cannot be started at all. */
export async function run(
  path: string | undefined,
  className: string | undefined,
  { options, ahead }: { options: RunOptions; ahead: HeadStart | undefined },
): Promise<void> {
  const { env } = process;
  const terminal = stdout.isTTY === true;
  const structured = isTruthy(env.LOG_STRUCTURED);
  const sink = descriptorSink(1, { structured });
  const logger = createLogger(sink, {
    structured,
    colors: colorsFor(stdout).isColorSupported,
    level: parseLevel(env.LOG_LEVEL) ?? 'DEBUG',
  });
  const { job, service } = await start({ path, className, options, ahead, logger, sink }).catch(async (error) => {
    await sink.flush(); // the warnings come before the error
    throw error;
  });
  stopOnSignals(service, logger, sink);
  const closeWatcher = options.reload ? await watch(service, job, logger) : undefined;
  const status = await service.settled();
  if (status.state === 'ready' && !structured) announce(service, job, logger);
  if (status.state === 'failed' && terminal)
    logger.log('ERROR', `mend it and ${options.reload ? 'save the file' : 'run again'}; Ctrl-C stops the server`);
  await closeWatcher;
}

interface Start {
  readonly path: string | undefined;
  readonly className: string | undefined;
  readonly options: RunOptions;
  readonly ahead: HeadStart | undefined;
  readonly logger: Logger;
  readonly sink: LogSink;
}

async function start({
  path,
  className,
  options,
  ahead,
  logger,
  sink,
}: Start): Promise<{ job: PreparedJob; service: Service }> {
  const { env } = process;
  const onOutput = (record: LogRecord) => logger.log(record.level, record.message);
  const job = await prepareJob({ path, className, options, env, cwd: process.cwd(), onOutput, ahead });
  for (const warning of job.warnings) logger.log('WARNING', warning);
  const tracing = await createTracing(env, { job: job.config.job, warn: (text) => logger.log('WARNING', text) });
  return { job, service: await startService(job.config, { logger, sink, tracing, started: job.started }) };
}

/** The one line that a person looks for. */
function announce(service: Service, job: PreparedJob, logger: Logger): void {
  const pc = colorsFor(stdout);
  const address = pc.cyan(service.address);
  const docs = pc.cyan(`${service.address}/docs`);
  const details = pc.dim(`(${service.languageVersion}, started in ${process.uptime().toFixed(2)} s)`);
  logger.verbatim(`  ${pc.bold(job.config.job.name)} is ready at ${address}   docs ${docs}   ${details}`);
}

/** The first signal drains, a second one ends at once. */
function stopOnSignals(service: Service, logger: Logger, sink: LogSink): void {
  let stopping = false;
  const exit = (code: number) => void sink.flush().then(() => process.exit(code));
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      exit(SECOND_SIGNAL_EXIT);
      return;
    }
    stopping = true;
    logger.log('INFO', `${signal}: shutting down`);
    void service.stop().then(() => {
      logger.log('INFO', 'Server has stopped');
      exit(0);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function watch(service: Service, job: PreparedJob, logger: Logger): Promise<void> {
  const { watchFolder } = await import('../reload.ts');
  await watchFolder(job.folder, async (file) => {
    logger.log('INFO', `${file} has changed, loading the job anew`);
    try {
      await service.reload();
      logger.log('INFO', 'the changed job is being served');
    } catch (error) {
      logger.log('ERROR', `the changed job cannot be started, the previous one goes on: ${messageOf(error)}`);
    }
  });
}
