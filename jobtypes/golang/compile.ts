/** Owns the compilation of a job: listed, analysed, joined with the shim and compiled by the user's Go, under a lock. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';
import type { Environment } from '../../wrapper/core/executable.ts';
import { acquireLock } from '../../wrapper/core/file-lock.ts';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import type { Preparation } from '../launcher.ts';
import { analyse } from './analyser.ts';
import { findCompiled, keepRecord, planRecord } from './compiled.ts';
import { readFailure } from './compiler-output.ts';
import type { JobPackage } from './job-package.ts';
import { MAIN, mainText, moduleOverlay, moduleText, type Overlay, programOverlay, SHIM, shimFiles } from './overlay.ts';
import { LISTED_MEMBERS, type ListedPackage, ownPackages, parseList, watchedFiles } from './package-list.ts';
import { pruneCache } from './prune.ts';
import { goOptions, openToolchain, type Toolchain } from './toolchain.ts';

export interface Compilation extends Preparation {
  readonly env: Environment;
  /** The folder that places in messages are seen from. */
  readonly base: string;
}

const PROGRESS_MS = 3_000;

/** The path of the compiled program. Whoever comes second waits, and takes what the first has made. */
export async function compile(job: JobPackage, compilation: Compilation): Promise<string> {
  const say = (message: string) => compilation.onOutput({ level: 'INFO', message });
  const name = basename(job.file ?? job.folder);
  try {
    mkdirSync(job.cache, { recursive: true });
  } catch (cause) {
    throw new UserError(`cannot keep a compiled program in ${job.cache}: ${messageOf(cause)}`, {
      hint: 'set RACETRACK_CACHE to a folder that can be written to',
      cause,
    });
  }
  const release = await acquireLock({
    path: join(job.cache, 'lock'),
    signal: compilation.signal,
    onWait: () => say(`waiting for another process that compiles ${name}`),
  });
  const started = Date.now();
  const progress = setInterval(
    () => say(`compiling ${name} … (${Math.round((Date.now() - started) / 1000)} s)`),
    PROGRESS_MS,
  );
  try {
    return findCompiled(job, compilation.env) ?? (await new Compiler(job, compilation).run());
  } finally {
    clearInterval(progress);
    await release();
  }
}

class Compiler {
  readonly #job: JobPackage;
  readonly #given: Compilation;
  readonly #cache: string;
  readonly #options: ReturnType<typeof goOptions>;

  constructor(job: JobPackage, given: Compilation) {
    this.#job = job;
    this.#given = given;
    this.#cache = dirname(dirname(job.cache));
    this.#options = goOptions(job.folder, { env: given.env, cache: this.#cache });
  }

  async run(): Promise<string> {
    const toolchain = await openToolchain(this.#options);
    await this.#write('go.mod', moduleText(toolchain.version));
    const module = moduleOverlay(this.#job);
    const packages = await this.#list(toolchain, await this.#writeOverlay(module));
    const [root] = packages;
    if (root === undefined) throw new UserError(`there is no Go package in ${this.#job.folder}`);
    const ours = [...shimFiles(), join(packageRoot(), 'jobtypes/golang/analyse/generate.go')];
    const record = planRecord(toolchain.go, watchedFiles(this.#job, { packages, toolchain, ours }));
    const program = join(this.#job.cache, `program-${randomUUID().slice(0, 8)}`);
    const target = await this.#join(toolchain, { packages, root, module });
    await this.#build(toolchain, ['-o', program, target]);
    await keepRecord(this.#job, { ...record, program });
    await pruneCache(this.#job, program);
    return program;
  }

  async #list(toolchain: Toolchain, overlay: string): Promise<ListedPackage[]> {
    const args = ['list', '-e', '-deps', `-json=${LISTED_MEMBERS.join(',')}`, '-overlay', overlay, '.'];
    const result = await execa(toolchain.go, args, { ...this.#options, cancelSignal: this.#given.signal });
    this.#given.signal.throwIfAborted();
    if (result.failed) throw this.#failure(String(result.stderr));
    return ownPackages(parseList(String(result.stdout)), toolchain);
  }

  /** Writes what joins the job with the shim; returns what is to be compiled. */
  async #join(toolchain: Toolchain, { packages, root, module }: Listing): Promise<string> {
    const { signal, base } = this.#given;
    const tools = { toolchain, options: this.#options, cache: this.#cache, signal };
    const shim = `${root.ImportPath}/${SHIM}`;
    const analysis = root.Name ? await analyse({ base, packages, shim }, tools) : { unreadable: true };
    if (analysis.problem) throw new UserError(analysis.problem.message, { hint: analysis.problem.hint });
    if (analysis.glue === undefined) {
      await this.#build(toolchain, ['.']); // only to hear from the compiler what is wrong
      throw new UserError(root.Error?.Err ?? `the Go package in ${this.#job.folder} cannot be read`);
    }
    const isMain = root.Name === 'main';
    const changed: [string, string][] = [];
    for (const [path, text] of Object.entries(analysis.changed ?? {})) {
      changed.push([path, await this.#write(`changed-${changed.length}.go`, text)]);
    }
    await this.#write('glue.go', analysis.glue);
    await this.#write('main.go', mainText(root.ImportPath));
    await this.#writeOverlay({
      ...module,
      ...programOverlay(this.#job, { isMain, changed: Object.fromEntries(changed) }),
    });
    return isMain ? '.' : `./${MAIN}`;
  }

  /** What the compiler prints is shown as it comes when it tells of its progress, and in the error otherwise. */
  async #build(toolchain: Toolchain, args: readonly string[]): Promise<void> {
    const overlay = join(this.#job.cache, 'overlay.json');
    const child = execa(toolchain.go, ['build', '-buildvcs=false', '-overlay', overlay, ...args], {
      ...this.#options,
      cancelSignal: this.#given.signal,
      all: true,
      buffer: false,
    });
    const errors: string[] = [];
    for await (const line of child.iterable({ from: 'all' })) {
      if (/^go: (downloading|extracting|finding) /.test(line)) this.#given.onOutput({ level: 'INFO', message: line });
      else errors.push(line);
    }
    const result = await child;
    this.#given.signal.throwIfAborted();
    if (result.failed) throw this.#failure(errors.join('\n') || (result.shortMessage ?? ''));
  }

  /** The log shows the lines as lines; where the failure is told in one, they could hardly be read. */
  #failure(output: string): UserError {
    const { message, hint, lines } = readFailure(output, { folder: this.#job.folder, base: this.#given.base });
    for (const line of lines) this.#given.onOutput({ level: 'ERROR', message: line });
    return new UserError(message, { hint });
  }

  async #writeOverlay(overlay: Overlay): Promise<string> {
    return this.#write('overlay.json', JSON.stringify({ Replace: overlay }));
  }

  async #write(name: string, text: string): Promise<string> {
    const path = join(this.#job.cache, name);
    await writeFile(path, text);
    return path;
  }
}

interface Listing {
  readonly packages: readonly ListedPackage[];
  readonly root: ListedPackage;
  readonly module: Overlay;
}
