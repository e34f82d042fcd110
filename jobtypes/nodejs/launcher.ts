/** Owns running a JavaScript or TypeScript file: which files those are, and the process that serves one. */
import { join } from 'node:path';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import type { WorkerCommand } from '../../wrapper/worker/process.ts';
import type { Launch, Launcher, LaunchRequest } from '../launcher.ts';

const ENDING = /\.[cm]?[jt]s$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;

export const nodejsLauncher: Launcher = {
  name: 'nodejs',
  entrypoints: 'a TypeScript or JavaScript file (.ts, .mts, .cts, .js, .mjs, .cjs)',
  takes: (path, kind) => kind === 'file' && ENDING.test(path) && !DECLARATIONS.test(path),
  open: async (request) => launch(nodeCommand(request)),
};

function launch(command: WorkerCommand): Launch {
  return {
    early: command,
    async configure(given) {
      const { extra, findings } = given ? await readExtra(given) : { extra: {}, findings: [] };
      return { extra, findings, prepare: async () => command };
    },
  };
}

async function readExtra({ values, places }: Parameters<Launch['configure']>[0] & object) {
  const { readNodeExtra } = await import('./extra.ts');
  return readNodeExtra(values, places);
}

/** The shim in the Node that runs this, with the job's file. */
function nodeCommand({ entrypoint, folder, env }: LaunchRequest): WorkerCommand {
  return {
    command: process.execPath,
    args: ['--enable-source-maps', join(packageRoot(), 'dist/nodejs-shim.js'), entrypoint],
    cwd: folder,
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}
