/** Owns what the images of all languages share: Node, the wrapper, the job's files, and the command that serves them. */
import { join, posix } from 'node:path';
import { packageRoot } from '../wrapper/core/package-root.ts';
import type { Instruction } from './dockerfile.ts';
import type { JobSource } from './job-type.ts';

export const NODE_IMAGE = 'node:24-bookworm-slim';
export const JOB_FOLDER = '/src/job';
/** Where the build sees the wrapper, and where the image holds it. */
const [HANDED_OVER, WRAPPER] = ['.racetrack/wrapper', '/opt/racetrack'];
const COMMAND = `${WRAPPER}/dist/racetrack-wrapper.js`;

/** The wrapper for `files` of a plan, with the further parts of our package that a language needs. */
export function wrapperFiles(parts: readonly string[]): Record<string, string> {
  const all = ['package.json', 'dist', ...parts];
  return Object.fromEntries(all.map((part) => [posix.join(HANDED_OVER, part), join(packageRoot(), part)]));
}

/** Takes Node out of its own image, into one that has another language. */
export const takeNode: readonly Instruction[] = [
  { copy: ['/usr/local/bin/node'], to: '/usr/local/bin/node', from: NODE_IMAGE },
];

export const addWrapper: readonly Instruction[] = [{ copy: [HANDED_OVER], to: WRAPPER }];

export const addJob: readonly Instruction[] = [
  { workdir: JOB_FOLDER },
  { copy: ['.'], to: JOB_FOLDER },
  { run: ['rm', '-rf', posix.join(JOB_FOLDER, '.racetrack')] },
];

/** The manifest's `build_env`, and its packages of Debian, from another release if one is named. */
export function prepareSystem({ manifest }: JobSource<unknown>, release?: string): Instruction[] {
  const { build_env: env, system_dependencies: packages = [] } = manifest;
  const variables: Instruction[] = env && Object.keys(env).length > 0 ? [{ env }] : [];
  if (packages.length === 0) return variables;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends'];
  return [
    ...variables,
    { run: ['apt-get', 'update'] },
    { run: [...install, ...(release === undefined ? [] : [`--target-release=${release}`]), '--', ...packages] },
  ];
}

/** How the image serves its job; arguments of `run` follow the entrypoint. */
export function serveJob(job: JobSource<unknown>, args: readonly string[]): Instruction[] {
  const { name, version = '0.0.1' } = job.manifest;
  return [
    { env: { JOB_NAME: name, JOB_VERSION: version, GIT_VERSION: job.gitVersion } },
    { label: { 'racetrack-component': 'job' } },
    { expose: 7000 },
    { cmd: ['node', COMMAND, 'run', ...args, '--host', '0.0.0.0'] },
  ];
}

/** Runs a command of the wrapper while the image is built. */
export const runWrapper = (...args: readonly string[]): Instruction => ({ run: ['node', COMMAND, ...args] });
