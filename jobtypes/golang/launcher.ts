/** Owns running a Go package: the program that was compiled of it, or its compilation. */
import { readdirSync } from 'node:fs';
import type { WorkerCommand } from '../../wrapper/worker/process.ts';
import type { GivenExtra, Launch, Launcher, LaunchRequest } from '../launcher.ts';
import { findCompiled } from './compiled.ts';
import { findPackage } from './job-package.ts';

export const goLauncher: Launcher = {
  name: 'golang',
  entrypoints: 'a Go file (.go) or a folder with a Go package',
  takes: (path, kind) => (kind === 'file' ? path.endsWith('.go') : holdsPackage(path)),
  open: async (request) => launch(request),
};

function launch(request: LaunchRequest): Launch {
  const { entrypoint, env } = request;
  const job = findPackage(entrypoint, env);
  const compiled = () => {
    const program = findCompiled(job, env);
    return program === undefined ? undefined : goCommand(program, request);
  };
  return {
    early: compiled(),
    async configure(given) {
      const { extra, findings } = given ? await readExtra(given) : { extra: {}, findings: [] };
      return {
        extra,
        findings,
        prepare: async (preparation) => {
          const ready = compiled();
          if (ready) return ready;
          const { compile } = await import('./compile.ts');
          return goCommand(await compile(job, { ...preparation, env, base: request.folder }), request);
        },
      };
    },
  };
}

function holdsPackage(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name === 'go.mod' || name.endsWith('.go'));
  } catch {
    return false;
  }
}

async function readExtra({ values, places }: GivenExtra) {
  const { readGoExtra } = await import('./extra.ts');
  return readGoExtra(values, places);
}

function goCommand(program: string, { folder, env }: LaunchRequest): WorkerCommand {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { command: program, args: [], cwd: folder, env: Object.fromEntries(defined) };
}
