/** Owns the image of a Python job: its interpreter, what it requires, its files, and the wrapper that serves it. */
import { join, posix } from 'node:path';
import type * as z from 'zod';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import { type Instruction, renderDockerfile } from '../dockerfile.ts';
import type { ImagePlan, JobSource } from '../job-type.ts';
import type { pythonExtraSchema } from './extra.ts';

type Job = JobSource<z.output<typeof pythonExtraSchema>>;

const DEFAULT_PYTHON = '3.11';
const DEFAULT_DEBIAN = 'slim-bookworm';
const NODE_IMAGE = 'node:24-bookworm-slim';
/** Where the build sees the wrapper, and where the image holds it. */
const [HANDED_OVER, WRAPPER] = ['.racetrack/wrapper', '/opt/racetrack'];
const [JOB, VENV] = ['/src/job', '/src/job-venv'];
const WRAPPER_PARTS = ['package.json', 'dist', 'jobtypes/python3/shim'];

export function planPythonImage(job: Job): ImagePlan {
  const files = WRAPPER_PARTS.map((part) => [posix.join(HANDED_OVER, part), join(packageRoot(), part)]);
  return { dockerfile: { text: renderDockerfile(instructions(job)) }, files: Object.fromEntries(files) };
}

function instructions(job: Job): Instruction[] {
  const { extra, manifest } = job;
  const { python_version: python = DEFAULT_PYTHON, debian_version: debian = DEFAULT_DEBIAN } = extra;
  return [
    { from: NODE_IMAGE, as: 'node' },
    { from: `python:${python}-${debian}` },
    { copy: ['/usr/local/bin/node'], to: '/usr/local/bin/node', from: 'node' },
    ...given(manifest.build_env, (env): Instruction[] => [{ env }]),
    ...systemPackages(job),
    { run: ['python3', '-m', 'venv', VENV] },
    ...requirements(extra),
    { copy: [HANDED_OVER], to: WRAPPER },
    { workdir: JOB },
    { copy: ['.'], to: JOB },
    { run: ['rm', '-rf', posix.join(JOB, '.racetrack')] },
    {
      env: {
        JOB_NAME: manifest.name,
        JOB_VERSION: manifest.version ?? '0.0.1',
        GIT_VERSION: job.gitVersion,
        ...(isOn(extra.memray_profiler) ? { MEMRAY_PROFILER: 'true' } : {}),
      },
    },
    { label: { 'racetrack-component': 'job' } },
    { expose: 7000 },
    { cmd: command(extra.entrypoint_path ?? 'entrypoint.py') },
  ];
}

function systemPackages({ manifest, extra }: Job): Instruction[] {
  const { system_dependencies: packages = [] } = manifest;
  if (packages.length === 0) return [];
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends'];
  if (!isOn(extra.debian_backports)) {
    return [{ run: ['apt-get', 'update'] }, { run: [...install, '--', ...packages] }];
  }
  const release = backports(extra.debian_version);
  // The one thing that needs a shell is its redirection; what is written comes as an argument.
  const write = ['sh', '-c', 'echo "$0" > /etc/apt/sources.list.d/backports.list'];
  return [
    { run: [...write, `deb http://deb.debian.org/debian ${release} main`] },
    { run: ['apt-get', 'update'] },
    { run: [...install, `--target-release=${release}`, '--', ...packages] },
  ];
}

/** `slim-bookworm` → `bookworm-backports`. */
const backports = (debian = DEFAULT_DEBIAN): string => `${debian.replace(/^slim-/, '')}-backports`;

function requirements(extra: Job['extra']): Instruction[] {
  const pip = [`${VENV}/bin/python`, '-m', 'pip'];
  const install = [...pip, 'install', '--no-cache-dir'];
  const { requirements_path: path } = extra;
  return [
    ...given(path, (file): Instruction[] => [
      { copy: [file], to: '/src/requirements.txt' },
      { run: [...install, '--requirement', '/src/requirements.txt'] },
    ]),
    ...(isOn(extra.memray_profiler) ? [{ run: [...install, 'memray'] }] : []),
    ...(path !== undefined && isOn(extra.check_requirements ?? true) ? [{ run: [...pip, 'check'] }] : []),
  ];
}

const command = (entrypoint: string): string[] => [
  'node',
  `${WRAPPER}/dist/racetrack-wrapper.js`,
  'run',
  entrypoint,
  '--python',
  `${VENV}/bin/python`,
  '--host',
  '0.0.0.0',
];

const given = <T, R>(value: T | undefined, then: (value: T) => R[]): R[] => (value === undefined ? [] : then(value));

const isOn = (flag: boolean | 'true' | 'false' | undefined): boolean => flag === true || flag === 'true';
