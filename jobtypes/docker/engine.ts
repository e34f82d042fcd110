/** Owns reaching the Docker engine: where it is, by its command and by its API, and what to say when it is not there. */
import type Dockerode from 'dockerode';
import { execa } from 'execa';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';

export type Engine = Dockerode;
export type Container = Dockerode.Container;

const ASK_MS = 10_000;

/** Rejects with a UserError when there is no engine, or when it is on another machine: its ports could not be reached there. */
export async function openEngine(env: Readonly<Record<string, string | undefined>>): Promise<Engine> {
  const address = env.DOCKER_HOST || (await contextAddress());
  if (!address.startsWith('unix://')) {
    throw new UserError(`the Docker engine at ${address} is not on this machine, so its containers cannot be reached`, {
      hint: 'unset DOCKER_HOST, or choose a local engine with docker context use',
    });
  }
  const { default: Docker } = await import('dockerode');
  const engine = new Docker({ socketPath: address.slice('unix://'.length) });
  try {
    await engine.listContainers({ limit: 1, abortSignal: AbortSignal.timeout(ASK_MS) });
  } catch (error) {
    throw new UserError(`the Docker engine at ${address} does not answer: ${messageOf(error)}`, {
      hint: 'start Docker, and see whether docker version works for this user',
      cause: error,
    });
  }
  return engine;
}

/** The address that the command `docker` would use. */
async function contextAddress(): Promise<string> {
  try {
    const { stdout } = await execa('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
      timeout: ASK_MS,
    });
    return stdout.trim();
  } catch (error) {
    const missing = (error as { code?: string }).code === 'ENOENT';
    throw new UserError(missing ? 'there is no command docker' : `docker context inspect fails: ${messageOf(error)}`, {
      hint: 'install Docker, or run the program without a container: --command',
      cause: error,
    });
  }
}
