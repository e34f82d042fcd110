/** Owns the image of a Python job: its interpreter, what it requires, its files, and the wrapper that serves it. */
import type * as z from 'zod';
import { type Instruction, renderDockerfile } from '../dockerfile.ts';
import type { ImagePlan, JobSource } from '../job-type.ts';
import { addJob, addWrapper, prepareSystem, serveJob, takeNode, wrapperFiles } from '../wrapper-image.ts';
import type { pythonExtraSchema } from './extra.ts';

type Job = JobSource<z.output<typeof pythonExtraSchema>>;

const DEFAULT_PYTHON = '3.11';
const DEFAULT_DEBIAN = 'slim-bookworm';
const VENV = '/src/job-venv';

export function planPythonImage(job: Job): ImagePlan {
  const { extra } = job;
  const { python_version: python = DEFAULT_PYTHON, debian_version: debian = DEFAULT_DEBIAN } = extra;
  const text = renderDockerfile([
    { from: `python:${python}-${debian}` },
    ...takeNode,
    ...(isOn(extra.debian_backports) ? addBackports(backports(debian)) : []),
    ...prepareSystem(job, isOn(extra.debian_backports) ? backports(debian) : undefined),
    { run: ['python3', '-m', 'venv', VENV] },
    ...requirements(extra),
    ...addWrapper,
    ...addJob,
    ...(isOn(extra.memray_profiler) ? [{ env: { MEMRAY_PROFILER: 'true' } }] : []),
    ...serveJob(job, [extra.entrypoint_path ?? 'entrypoint.py', '--python', `${VENV}/bin/python`]),
  ]);
  return { dockerfile: { text }, files: wrapperFiles(['jobtypes/python3/shim']) };
}

/** `slim-bookworm` → `bookworm-backports`. */
const backports = (debian: string): string => `${debian.replace(/^slim-/, '')}-backports`;

/** The one thing that needs a shell is its redirection; what is written comes as an argument. */
const addBackports = (release: string): Instruction[] => [
  {
    run: [
      'sh',
      '-c',
      'echo "$0" > /etc/apt/sources.list.d/backports.list',
      `deb http://deb.debian.org/debian ${release} main`,
    ],
  },
];

function requirements(extra: Job['extra']): Instruction[] {
  const pip = [`${VENV}/bin/python`, '-m', 'pip'];
  const install = [...pip, 'install', '--no-cache-dir'];
  const { requirements_path: file } = extra;
  const given: Instruction[] =
    file === undefined
      ? []
      : [
          { copy: [file], to: '/src/requirements.txt' },
          { run: [...install, '--requirement', '/src/requirements.txt'] },
        ];
  return [
    ...given,
    ...(isOn(extra.memray_profiler) ? [{ run: [...install, 'memray'] }] : []),
    ...(given.length > 0 && isOn(extra.check_requirements ?? true) ? [{ run: [...pip, 'check'] }] : []),
  ];
}

const isOn = (flag: boolean | 'true' | 'false' | undefined): boolean => flag === true || flag === 'true';
