/** Owns images: building one from a job's folder, and bringing one that has a name. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';
import type { LogRecord } from '../../wrapper/protocol/messages.ts';
import { BUILT_FROM } from './labels.ts';

export interface ImageBuild {
  /** Absolute paths. */
  readonly dockerfile: string;
  readonly folder: string;
  /** Values for the Dockerfile's ARGs. */
  readonly args: Readonly<Record<string, string>>;
  /** A file of variables that RUN instructions may mount as the secret `build_secrets`; it leaves no trace in the image. */
  readonly secrets: string | undefined;
}

interface Work {
  readonly onOutput: (record: LogRecord) => void;
  readonly signal: AbortSignal;
}

const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;
/** No name that the command could take for an option. */
const IMAGE_NAME = /^\w[\w./:@-]*$/;

/** Builds with BuildKit and resolves with the image's id. Rejects with a UserError that has the builder's last lines. */
export async function buildImage({ dockerfile, folder, args, secrets }: ImageBuild, work: Work): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'racetrack-image-'));
  const idFile = join(scratch, 'id');
  try {
    // A value on the command line could be read by everybody on this machine: a name alone takes it from the environment.
    const named = Object.keys(args).flatMap((name) => ['--build-arg', name]);
    const secret = secrets === undefined ? [] : ['--secret', `id=build_secrets,src=${secrets}`];
    const label = ['--label', `${BUILT_FROM}=${dockerfile}`];
    await docker(
      [
        'build',
        '--progress',
        'plain',
        '--iidfile',
        idFile,
        '--file',
        dockerfile,
        ...label,
        ...named,
        ...secret,
        folder,
      ],
      { ...work, env: { ...args, DOCKER_BUILDKIT: '1' }, failure: 'the image could not be built' },
    );
    const id = await readFile(idFile, 'utf8').catch(() => '');
    if (!IMAGE_ID.test(id)) throw new UserError('docker build has ended well, but has made no image');
    return id;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Rejects with a UserError when there is no such image. */
export async function pullImage(name: string, work: Work): Promise<void> {
  checkImageName(name);
  await docker(['pull', name], { ...work, env: {}, failure: `the image ${name} is not here and could not be pulled` });
}

export function checkImageName(name: string): void {
  if (!IMAGE_NAME.test(name)) {
    throw new UserError(`${JSON.stringify(name)} is no name of an image`, {
      hint: 'such as --image nginx:1.27',
      exitCode: 2,
    });
  }
}

const LAST_LINES = 10;

interface DockerCommand extends Work {
  readonly env: Readonly<Record<string, string>>;
  readonly failure: string;
}

async function docker(args: readonly string[], { onOutput, signal, env, failure }: DockerCommand): Promise<void> {
  const running = execa('docker', args, { env, stdin: 'ignore', all: true, buffer: false, cancelSignal: signal });
  const lines: string[] = [];
  try {
    for await (const line of running.iterable({ from: 'all' })) {
      if (line.trim() === '') continue;
      onOutput({ level: 'INFO', message: line });
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
    }
    await running;
  } catch (error) {
    const said = lines.length > 0 ? lines.join(' | ') : messageOf(error);
    const outdated = lines.some((line) => line.includes('buildx component is missing'));
    const hint = outdated ? { hint: 'install the buildx plugin of Docker: package docker-buildx-plugin' } : {};
    throw new UserError(`${failure}: ${said}`, { cause: error, ...hint });
  }
}
