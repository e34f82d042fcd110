/** Owns the job type `nodejs`: a class or function in a TypeScript or JavaScript file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { packageRoot, packageVersion } from '../../wrapper/core/package-root.ts';
import { renderDockerfile } from '../dockerfile.ts';
import { missingEntrypoint, pathsOutside, unlike } from '../extra-problems.ts';
import { defineJobType, type ImagePlan, type JobSource } from '../job-type.ts';
import { addJob, addWrapper, JOB_FOLDER, prepareSystem, serveJob, wrapperFiles } from '../wrapper-image.ts';
import { nodeExtraSchema } from './extra.ts';
import { nodejsLauncher } from './launcher.ts';

const DEFAULT_NODE = '24';
const NODE = { pattern: /^\d{2}(\.\d{1,2}){0,2}$/, what: 'Node', example: 'a version such as "24"' };
/** What the shim imports by name: it is installed where the wrapper's modules find it. */
const TOOLS = ['esbuild', 'typescript'] as const;
const TOOLS_FOLDER = '/opt';

export const nodejsJobType = defineJobType({
  name: 'nodejs',
  version: packageVersion(),
  description: 'A class or function in TypeScript or JavaScript.',
  extra: nodeExtraSchema,
  images: (job) => [planImage(job)],
  runner: nodejsLauncher,
  validate: ({ extra }) => [
    ...missingEntrypoint(extra, 'the file that holds your class or function'),
    ...pathsOutside(extra, 'entrypoint_path'),
    ...unlike(extra, 'node_version', NODE),
  ],
});

function planImage(job: JobSource<z.output<typeof nodeExtraSchema>>): ImagePlan {
  const { node_version: node = DEFAULT_NODE, entrypoint_path: entrypoint = 'entrypoint.ts' } = job.extra;
  const npm = ['npm', 'install', '--no-audit', '--no-fund'];
  // `npm ci` wants a lockfile, and a job may do without package.json: only the job's folder can tell.
  const install =
    'if [ -f package-lock.json ]; then npm ci --omit=dev; elif [ -f package.json ]; then npm install --omit=dev; fi';
  const text = renderDockerfile([
    { from: `node:${node}-bookworm-slim` },
    ...prepareSystem(job),
    { run: [...npm, '--prefix', TOOLS_FOLDER, ...TOOLS.map(pinned)] },
    ...addWrapper,
    ...addJob,
    { workdir: JOB_FOLDER },
    { run: ['sh', '-c', install] },
    ...serveJob(job, [entrypoint]),
  ]);
  return { dockerfile: { text }, files: wrapperFiles([]) };
}

/** In the version that the wrapper was made with. */
function pinned(name: (typeof TOOLS)[number]): string {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return `${name}@${dependencies[name]}`;
}
