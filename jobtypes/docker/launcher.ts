/** Owns running programs that speak HTTP: an image, one to be built, a command, or a program that runs already. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { splitCommand } from '../../wrapper/core/command-words.ts';
import { UserError } from '../../wrapper/core/errors.ts';
import type { HttpPlan, Preparation, StartProgram } from '../../wrapper/upstream/plan.ts';
import type { GivenExtra, Launch, Launcher, LaunchRequest, ProgramOptions } from '../launcher.ts';
import type { ProgramExtra } from './extra.ts';

export const programLauncher: Launcher = {
  name: 'docker',
  entrypoints: 'a Dockerfile, or a folder with one',
  takes: (path, kind) => (kind === 'file' ? isDockerfile(basename(path)) : existsSync(join(path, DOCKERFILE))),
  open,
};

const START_SECONDS = 300;
const DOCKERFILE = 'Dockerfile';

/** `Dockerfile`, `Dockerfile.dev`, `web.Dockerfile`. */
const isDockerfile = (name: string): boolean => /(^|\.)Dockerfile$|^Dockerfile\./.test(name);

/** What is to be run, and how it is made ready. */
type Kind = Pick<HttpPlan, 'label' | 'prepare'>;

async function open(request: LaunchRequest): Promise<Launch> {
  return {
    early: undefined,
    async configure(given) {
      const { extra, findings } = given ? await readExtra(given) : { extra: undefined, findings: [] };
      const options = preferred(request.program ?? {}, extra ?? {});
      const kind = await kindOf(request, { options, given, dockerfile: extra?.dockerfile });
      return { extra: extra ?? {}, findings, plan: { kind: 'http', ...kind, ...servedAs(options) } };
    },
  };
}

async function readExtra({ values, places }: GivenExtra) {
  const { readProgramExtra } = await import('./extra.ts');
  return readProgramExtra(values, places);
}

/** What the command line says wins over the manifest. */
function preferred(options: ProgramOptions, extra: Partial<ProgramExtra>): ProgramOptions {
  return {
    image: options.image,
    command: options.command,
    url: options.url,
    probe: options.probe ?? extra.probe,
    apiBase: options.apiBase ?? extra.apiBase,
    performPath: options.performPath ?? extra.performPath,
    programPort: options.programPort ?? extra.programPort,
    rewrite: options.rewrite ?? extra.rewrite,
    startTimeout: options.startTimeout ?? extra.startTimeout,
  };
}

interface Wanted {
  readonly options: ProgramOptions;
  readonly given: GivenExtra | undefined;
  /** As seen from the job's folder. */
  readonly dockerfile: string | undefined;
}

async function kindOf(request: LaunchRequest, wanted: Wanted): Promise<Kind> {
  const { command, url } = wanted.options;
  if (url !== undefined) return running(url);
  if (command !== undefined) return commandKind(request, wanted, splitCommand(command));
  const { builtImage, namedImage } = await import('./image-program.ts');
  const { given, options } = wanted;
  const job = { manifest: given?.manifest ?? {}, folder: request.folder, env: request.env, options };
  if (options.image !== undefined) return namedImage(options.image, job);
  const { entrypoint } = request;
  const file = isDockerfile(basename(entrypoint)) && !existsSync(join(entrypoint, DOCKERFILE));
  const folder = file ? dirname(entrypoint) : entrypoint;
  return builtImage({ dockerfile: file ? entrypoint : resolve(folder, wanted.dockerfile ?? DOCKERFILE), folder }, job);
}

function servedAs(options: ProgramOptions): Pick<HttpPlan, 'routing' | 'probePath' | 'startMs'> {
  return {
    routing: {
      mode: options.rewrite ? 'rewrite' : 'forward',
      apiBase: options.apiBase?.replace(/\/+$/, ''),
      performPath: options.performPath,
    },
    probePath: options.probe,
    startMs: (options.startTimeout ?? START_SECONDS) * 1000,
  };
}

/** A program that somebody else has started. */
async function running(url: string): Promise<Kind> {
  const { hostname, port, protocol, pathname, search, username } = parseUrl(url);
  if (protocol !== 'http:' || pathname !== '/' || search !== '' || username !== '') {
    throw new UserError(`${url} is not the address of a program: it is http://, a host and a port`, {
      hint: 'such as --url http://127.0.0.1:8000',
      exitCode: 2,
    });
  }
  const { foreignProgram } = await import('../../wrapper/upstream/child-program.ts');
  const start = foreignProgram(hostname.replace(/^\[|\]$/g, ''), Number(port || 80));
  return { label: url, prepare: async () => start };
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new UserError(`${url} is no URL`, { hint: 'such as --url http://127.0.0.1:8000', exitCode: 2 });
  }
}

async function commandKind(request: LaunchRequest, wanted: Wanted, words: readonly string[]): Promise<Kind> {
  const [program = '', ...args] = words;
  const { childProgram } = await import('../../wrapper/upstream/child-program.ts');
  const { runtimeEnv } = await import('./runtime-env.ts');
  const prepare = async ({ job }: Preparation): Promise<StartProgram> =>
    childProgram({
      program,
      args,
      cwd: request.folder,
      env: {
        ...(await runtimeEnv(wanted.given?.manifest, request.folder)),
        ...definedOnly(request.env),
        JOB_NAME: job.name,
        JOB_VERSION: job.version,
      },
      port: wanted.options.programPort,
    });
  return { label: basename(program), prepare };
}

function definedOnly(env: LaunchRequest['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
