/** Owns our own Go program that reads a job's source: compiled once for each version of Go, then kept. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../wrapper/core/errors.ts';
import { isExecutable } from '../../wrapper/core/executable.ts';
import { acquireLock } from '../../wrapper/core/file-lock.ts';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import type { ListedPackage } from './package-list.ts';
import type { goOptions, Toolchain } from './toolchain.ts';

const SOURCE = join(packageRoot(), 'jobtypes/golang');

/** What the program has found, as in analyse/main.go. */
export interface Analysis {
  readonly glue?: string;
  readonly changed?: Readonly<Record<string, string>>;
  readonly unreadable?: boolean;
  readonly problem?: { readonly message: string; readonly hint: string };
}

export interface AnalysisRequest {
  /** The folder that places in messages are seen from. */
  readonly base: string;
  /** The job's own packages, the job first. */
  readonly packages: readonly ListedPackage[];
  /** The import path that the shim will have. */
  readonly shim: string;
}

export interface Tools {
  readonly toolchain: Toolchain;
  readonly options: ReturnType<typeof goOptions>;
  /** Where compiled tools are kept. */
  readonly cache: string;
  readonly signal: AbortSignal;
}

export async function analyse(request: AnalysisRequest, tools: Tools): Promise<Analysis> {
  const program = await openAnalyser(tools);
  const { base, packages, shim } = request;
  const input = JSON.stringify({ Base: base, Packages: packages, Shim: shim });
  const { stdout } = await execa(program, { input, cancelSignal: tools.signal });
  return JSON.parse(stdout) as Analysis;
}

async function openAnalyser(tools: Tools): Promise<string> {
  const folder = join(tools.cache, 'tools', keyOf(tools.toolchain.version));
  const program = join(folder, 'analyse');
  if (isExecutable(program)) return program;
  mkdirSync(folder, { recursive: true });
  const release = await acquireLock({ path: join(folder, 'lock'), signal: tools.signal });
  try {
    if (!isExecutable(program)) await compileAnalyser(program, tools);
  } finally {
    await release();
  }
  return program;
}

/** The user's settings are for the user's code: ours is compiled by itself, for this machine. */
async function compileAnalyser(program: string, { toolchain, options, signal }: Tools): Promise<void> {
  const draft = `${program}.draft`;
  const own = {
    GOFLAGS: '',
    GOWORK: 'off',
    GO111MODULE: 'on',
    GOTOOLCHAIN: 'local',
    GOOS: '',
    GOARCH: '',
    CGO_ENABLED: '0',
  };
  const result = await execa(toolchain.go, ['build', '-buildvcs=false', '-o', draft, './analyse'], {
    ...options,
    env: { ...options.env, ...own },
    cwd: SOURCE,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (result.failed) {
    const said = String(result.stderr || result.shortMessage).trim();
    throw new UserError(`${toolchain.go} cannot compile Racetrack's own tool:\n  ${said.replaceAll('\n', '\n  ')}`, {
      hint: 'check the installation of Go with: go version',
    });
  }
  renameSync(draft, program);
}

function keyOf(version: string): string {
  const hash = createHash('sha256').update(version);
  for (const name of readdirSync(join(SOURCE, 'analyse')).sort())
    hash.update(readFileSync(join(SOURCE, 'analyse', name)));
  return hash.digest('hex').slice(0, 32);
}
