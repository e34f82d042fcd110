/** Owns jobs that run in containers: from a Dockerfile or an image's name to the container's settings. */
import { resolve } from 'node:path';
import { UserError } from '../../wrapper/core/errors.ts';
import type { Manifest } from '../../wrapper/core/manifest.ts';
import { parseQuantity } from '../../wrapper/core/quantity.ts';
import type { HttpPlan, Preparation, StartProgram } from '../../wrapper/upstream/plan.ts';
import type { LaunchRequest, ProgramOptions } from '../launcher.ts';
import { type ContainerLimits, containerProgram } from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { buildImage, checkImageName, pullImage } from './image.ts';
import { removeOlderImages, removeOrphans } from './leftovers.ts';
import { runtimeEnv } from './runtime-env.ts';

export interface ContainerJob {
  readonly manifest: Partial<Manifest>;
  readonly folder: string;
  readonly env: LaunchRequest['env'];
  readonly options: ProgramOptions;
}

type Kind = Pick<HttpPlan, 'label' | 'prepare'>;

/** What the wrapper tells a job in its environment, beside the manifest's variables. */
const PASSED_ON = [
  'PUB_URL',
  'AUTH_TOKEN',
  'JOB_DEPLOYMENT_TIMESTAMP',
  'REQUEST_TRACING_HEADER',
  'CALLER_NAME_HEADER',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];
/** Where programs listen whose image does not say it. */
const USUAL_PORTS = { forward: 7001, rewrite: 80 };

export function builtImage(source: { dockerfile: string; folder: string }, job: ContainerJob): Kind {
  const { manifest, folder } = job;
  const secrets = manifest.secret_build_env_file;
  const build = {
    ...source,
    args: manifest.build_env ?? {},
    secrets: secrets === undefined ? undefined : resolve(folder, secrets),
  };
  const prepare = async (preparation: Preparation) => {
    const engine = await readyEngine(job);
    const image = await buildImage(build, preparation);
    await removeOlderImages(engine, source.dockerfile, image);
    return programOf(engine, image, job);
  };
  return { label: 'docker', prepare };
}

export function namedImage(name: string, job: ContainerJob): Kind {
  checkImageName(name);
  const prepare = async (preparation: Preparation) => {
    const engine = await readyEngine(job);
    if (!(await isHere(engine, name))) await pullImage(name, preparation);
    return programOf(engine, name, job);
  };
  return { label: `image ${name}`, prepare };
}

async function readyEngine({ env }: ContainerJob): Promise<Engine> {
  const engine = await openEngine(env);
  await removeOrphans(engine);
  return engine;
}

async function isHere(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function programOf(engine: Engine, image: string, job: ContainerJob): Promise<StartProgram> {
  return containerProgram({
    engine,
    image,
    port:
      job.options.programPort ??
      (await exposedPort(engine, image)) ??
      USUAL_PORTS[job.options.rewrite ? 'rewrite' : 'forward'],
    env: await containerEnv(job),
    limits: limitsOf(job.manifest),
  });
}

/** The port that the image itself names, if it is one. */
async function exposedPort(engine: Engine, image: string): Promise<number | undefined> {
  const { Config } = await engine.getImage(image).inspect();
  const ports = Object.keys(Config.ExposedPorts ?? {}).filter((port) => port.endsWith('/tcp'));
  return ports.length === 1 ? Number.parseInt(ports[0] as string, 10) : undefined;
}

/** A variable that the wrapper itself has wins over the manifest's: so a person tries out another value. */
async function containerEnv({ manifest, folder, env }: ContainerJob): Promise<Record<string, string>> {
  const given = await runtimeEnv(manifest, folder);
  const own = [...Object.keys(given), ...PASSED_ON].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...given, ...Object.fromEntries(own) };
}

/** The most that one container may take. */
function limitsOf({ resources }: Partial<Manifest>): ContainerLimits {
  const { memory_max: memory, cpu_max: cpus } = resources ?? {};
  const limits = {
    memory: memory === undefined ? undefined : Math.floor(parseQuantity(memory)),
    cpus: cpus === undefined ? undefined : parseQuantity(cpus),
  };
  if (limits.memory !== undefined && limits.memory < LEAST_MEMORY) {
    throw new UserError(`resources.memory_max is ${memory}, but a container needs 6Mi at least`);
  }
  return limits;
}

/** The engine's own limit. */
const LEAST_MEMORY = 6 * 1024 * 1024;
