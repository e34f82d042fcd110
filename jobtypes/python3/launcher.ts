/** Owns running a Python file: its interpreter, its requirements, its process. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { GivenExtra, Launch, Launcher, LaunchRequest, Preparation } from '../launcher.ts';
import { pythonCommand } from './command.ts';
import type { PythonExtra } from './extra.ts';
import { findInterpreter, type Interpreter } from './interpreter.ts';

export const pythonLauncher: Launcher = {
  name: 'python3',
  entrypoints: 'a Python file (.py)',
  takes: (path, kind) => kind === 'file' && path.endsWith('.py'),
  open,
};

async function open(request: LaunchRequest): Promise<Launch> {
  const { python, env, folder, install } = request;
  const found = await findInterpreter({ python, env, folder });
  const commandOf = (interpreter: Interpreter) => pythonCommand({ ...request, interpreter: interpreter.path });
  return {
    early: install ? undefined : commandOf(found),
    async configure(given) {
      const { extra, findings } = given ? await readExtra(given) : { extra: undefined, findings: [] };
      return {
        extra: extra ?? {},
        findings,
        prepare: async (preparation) =>
          commandOf(install ? await installed(found, { request, extra, preparation }) : found),
      };
    },
  };
}

async function readExtra({ values, places }: GivenExtra) {
  const { readPythonExtra } = await import('./extra.ts');
  return readPythonExtra(values, places);
}

/** The interpreter of the job's own cached environment, or the one that was found when the job requires nothing. */
async function installed(
  found: Interpreter,
  job: { request: LaunchRequest; extra: PythonExtra | undefined; preparation: Preparation },
): Promise<Interpreter> {
  const { folder, entrypoint, env } = job.request;
  const candidates = [job.extra?.requirementsPath ?? 'requirements.txt', join(dirname(entrypoint), 'requirements.txt')];
  const requirements = candidates.map((file) => resolve(folder, file)).find((file) => existsSync(file));
  if (!requirements) return found;
  const { installRequirements } = await import('./environment.ts');
  const { onOutput, signal } = job.preparation;
  const onLine = (message: string) => onOutput({ level: 'INFO', message });
  return installRequirements({ interpreter: found, requirements, env, onLine, signal });
}
