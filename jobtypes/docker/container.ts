/** Owns one container from its creation to its removal: what it may do, its output, its end. */
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';
import type { LogRecord } from '../../wrapper/protocol/messages.ts';
import { freePort } from '../../wrapper/upstream/free-port.ts';
import type { RunningProgram, StartProgram } from '../../wrapper/upstream/plan.ts';
import { readLines } from '../../wrapper/worker/process.ts';
import type { Container, Engine } from './engine.ts';
import { OWNER, owner } from './labels.ts';

export interface ContainerPlan {
  readonly engine: Engine;
  /** Name or id of the image. */
  readonly image: string;
  /** Where the program listens inside. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ContainerLimits;
}

export interface ContainerLimits {
  /** Bytes. */
  readonly memory: number | undefined;
  /** Processors, such as 0.5. */
  readonly cpus: number | undefined;
}

const HOST = '127.0.0.1';
/** What programs of common images need when they start as root and then become somebody else; nothing more. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'];
const MAX_PROCESSES = 4096;
const REMOVAL_TRIES = 20;
const REMOVAL_PAUSE_MS = 100;
const GONE = 404;
/** What the engine keeps of the output: the wrapper has logged it already. */
const KEPT_LOG = { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } };

/** How to start a container; each start makes a new one, which is removed when it has ended. */
export const containerProgram =
  (plan: ContainerPlan): StartProgram =>
  async ({ job, onOutput }) => {
    const port = await freePort(HOST);
    const container = await create(plan, { port, env: { ...plan.env, JOB_NAME: job.name, JOB_VERSION: job.version } });
    try {
      await followOutput(plan.engine, container, onOutput);
      await container.start();
    } catch (error) {
      await remove(container);
      throw new UserError(`the container could not be started: ${messageOf(error)}`, { cause: error });
    }
    return running(container, port);
  };

function create(plan: ContainerPlan, { port, env }: { port: number; env: Record<string, string> }): Promise<Container> {
  const inside = `${plan.port}/tcp`;
  const { memory, cpus } = plan.limits;
  return plan.engine.createContainer({
    Image: plan.image,
    Env: Object.entries({ ...env, PORT: String(plan.port) }).map(([name, value]) => `${name}=${value}`),
    Labels: { [OWNER]: owner() },
    ExposedPorts: { [inside]: {} },
    HostConfig: {
      PortBindings: { [inside]: [{ HostIp: HOST, HostPort: String(port) }] },
      Init: true,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: MAX_PROCESSES,
      LogConfig: KEPT_LOG,
      ...(memory !== undefined && { Memory: memory, MemorySwap: memory }),
      ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    },
  });
}

/** Attached before the start: no line is lost. */
async function followOutput(
  engine: Engine,
  container: Container,
  onOutput: (record: LogRecord) => void,
): Promise<void> {
  const both = await container.attach({ stream: true, stdout: true, stderr: true });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  engine.modem.demuxStream(both, stdout, stderr);
  both.on('end', () => {
    stdout.end();
    stderr.end();
  });
  both.on('error', () => {});
  readLines(stdout as Readable, (message) => onOutput({ level: 'INFO', message }));
  readLines(stderr as Readable, (message) => onOutput({ level: 'WARNING', message }));
}

function running(container: Container, port: number): RunningProgram {
  const ended = endOf(container);
  return {
    host: HOST,
    port,
    pid: 0,
    ended,
    async stop(graceMs) {
      // One that has ended already, or is gone, cannot be stopped: that is as good.
      await container.stop({ t: Math.ceil(graceMs / 1000) }).catch(() => {});
      await ended;
    },
  };
}

async function endOf(container: Container): Promise<string> {
  try {
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const { State } = await container.inspect();
    return State.OOMKilled
      ? 'was killed because it needed more memory than it may have'
      : `ended with exit code ${StatusCode}`;
  } catch (error) {
    return `was lost: ${messageOf(error)}`;
  } finally {
    await remove(container);
  }
}

/** The engine may still be busy with its end: it is asked again. What stays all the same is found by its label. */
async function remove(container: Container): Promise<void> {
  for (let tries = 0; tries < REMOVAL_TRIES; tries += 1) {
    try {
      await container.remove({ force: true, v: true });
      return;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === GONE) return;
      await delay(REMOVAL_PAUSE_MS);
    }
  }
}
