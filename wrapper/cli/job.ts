/** Owns putting a job together for the command line: manifest, interpreter and settings, from arguments and environment. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pythonCommand } from '../../jobtypes/python3/command.ts';
import { findInterpreter, type Interpreter } from '../../jobtypes/python3/interpreter.ts';
import { DEFAULT_LIMITS, type DeploymentInfo, type WrapperConfig } from '../config.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { locateManifest, type ManifestLocation } from '../core/manifest-location.ts';
import type { LogRecord, StartFailure } from '../protocol/messages.ts';
import { type HostProcess, startProcess, type WorkerCommand } from '../worker/process.ts';
import type { HeadStart } from './head-start.ts';
import type { RunOptions } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface JobRequest {
  readonly path: string;
  readonly className: string | undefined;
  readonly options: RunOptions;
  readonly env: Environment;
  readonly cwd: string;
  /** Receives what an installation, or the job's process before the service runs, prints. */
  readonly onOutput: (record: LogRecord) => void;
  /** A process that may be running already. */
  readonly ahead?: HeadStart | undefined;
}

export interface PreparedJob {
  readonly config: WrapperConfig;
  /** What is wrong with the manifest, one line each. */
  readonly warnings: readonly string[];
  /** The job's folder. */
  readonly folder: string;
  /** The job's process, if it is running already: the service takes it over, or the caller ends it. */
  readonly started: HostProcess | undefined;
}

interface ManifestValues {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly homePage?: string | undefined;
  readonly className?: string | undefined;
  readonly requirements?: string | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly maxQueue?: number | undefined;
  readonly warnings: readonly string[];
  readonly failure?: StartFailure;
}

/**
 * The interpreter starts while the manifest is still being read: the one is waiting for the disk while the other computes.
 * Rejects with a {@link UserError} for what only the person at the command line can mend.
 */
export async function prepareJob(request: JobRequest): Promise<PreparedJob> {
  const { options, env, cwd } = request;
  const entrypoint = checkEntrypoint(resolve(cwd, request.path));
  const location = locateManifest({ manifestPath: options.manifestPath, env, cwd, entrypoint });
  const { folder } = location;
  const found = await findInterpreter({ python: options.python, env, folder });
  const commandFor = (interpreter: string) => pythonCommand({ interpreter, entrypoint, folder, env });
  const started = options.install ? undefined : startOrClaim(commandFor(found.path), request);
  try {
    const manifest = await readValues(location, options.strict === true);
    if (manifest.failure) started?.kill();
    const interpreter = options.install ? await install(request, { found, entrypoint, folder, manifest }) : found;
    const command = commandFor(interpreter.path);
    return {
      folder,
      warnings: manifest.warnings,
      started,
      config: createConfig(request, { entrypoint, command, manifest }),
    };
  } catch (error) {
    started?.kill();
    throw error;
  }
}

function startOrClaim(command: WorkerCommand, { ahead, onOutput }: JobRequest): HostProcess {
  const claimed = ahead?.claim(command, onOutput);
  if (claimed) return claimed;
  ahead?.drop();
  return startProcess(command, onOutput);
}

function createConfig(
  { options, env, className }: JobRequest,
  { entrypoint, command, manifest }: { entrypoint: string; command: WorkerCommand; manifest: ManifestValues },
): WrapperConfig {
  const job = {
    name: env.JOB_NAME || manifest.name || nameFrom(entrypoint),
    version: env.JOB_VERSION || manifest.version || '0.0.1',
  };
  return {
    host: options.host ?? defaultHost(env),
    port: options.port,
    job,
    deployment: deploymentInfo(env),
    homePage: manifest.homePage ?? '/docs',
    command,
    order: {
      className: className ?? manifest.className ?? '',
      env: { JOB_NAME: job.name, JOB_VERSION: job.version },
    },
    failure: manifest.failure,
    limits: {
      workers: options.workers,
      maxConcurrency: options.maxConcurrency ?? manifest.maxConcurrency ?? null,
      maxQueue: options.maxQueue ?? manifest.maxQueue ?? null,
      timeoutMs: options.timeout * 1000,
      overrunMs: options.overrun * 1000,
      graceMs: options.grace * 1000,
      drainMs: options.drain * 1000,
      maxBody: options.maxBody,
      requestMs: DEFAULT_LIMITS.requestMs,
      maxRequests: options.maxRequests,
      maxMemory: options.maxMemory,
    },
    accessLog: options.accessLog,
    logCaller: isTruthy(env.LOG_CALLER_NAME),
    tracingHeader: (env.REQUEST_TRACING_HEADER || 'X-Request-Tracing-Id').toLowerCase(),
    callerHeader: (env.CALLER_NAME_HEADER || 'X-Caller-Name').toLowerCase(),
  };
}

/** The values that people give switches in environment variables. */
export const isTruthy = (value: string | undefined): boolean => /^(true|t|yes|y|1)$/i.test(value?.trim() ?? '');

function checkEntrypoint(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    throw new UserError(`there is no file ${path}`, {
      hint: 'give the path of the Python file that holds your class: racetrack-wrapper run entrypoint.py',
    });
  }
  if (stats.isDirectory()) {
    throw new UserError(`${path} is a folder`, {
      hint: `name the file in it that holds your class: racetrack-wrapper run ${join(path, 'entrypoint.py')}`,
    });
  }
  if (extname(path) !== '.py') {
    throw new UserError(`${path} is not a Python file`, { hint: 'the name of a Python entrypoint ends in .py' });
  }
  return path;
}

/** The manifest's part. What makes it unreadable is a failed start, told by the probes: a platform can only see those. */
async function readValues(location: ManifestLocation, strict: boolean): Promise<ManifestValues> {
  if (location.kind === 'none') return { warnings: [] };
  const [{ loadManifest }, { formatFinding }, { readPythonExtra }] = await Promise.all([
    import('../core/manifest.ts'),
    import('../core/finding.ts'),
    import('../../jobtypes/python3/extra.ts'),
  ]);
  try {
    const { manifest, findings, places } = await loadManifest(location);
    const { extra, findings: extraFindings } = readPythonExtra(manifest.jobtype_extra, places);
    const relevant = [...findings, ...extraFindings].filter((finding) => strict || finding.kind !== 'missing');
    const warnings = relevant.map(formatFinding);
    if (strict && warnings.length > 0) {
      throw new UserError(`the manifest has mistakes:\n  ${warnings.join('\n  ')}`, {
        hint: 'mend them, or run without --strict',
      });
    }
    return {
      name: manifest.name,
      version: manifest.version,
      homePage: extra.homePage,
      className: extra.entrypointClass,
      requirements: extra.requirementsPath,
      maxConcurrency: extra.maxConcurrency,
      maxQueue: extra.maxConcurrencyQueue,
      warnings,
    };
  } catch (error) {
    if (strict) throw error;
    const hint = error instanceof UserError ? error.hint : undefined;
    return { warnings: [], failure: { error: messageOf(error), type: 'ManifestError', ...(hint ? { hint } : {}) } };
  }
}

/** The interpreter of the job's own cached environment, or the one that was found when the job requires nothing. */
async function install(
  { env, onOutput }: JobRequest,
  job: { found: Interpreter; entrypoint: string; folder: string; manifest: ManifestValues },
): Promise<Interpreter> {
  const candidates = [
    job.manifest.requirements ?? 'requirements.txt',
    join(dirname(job.entrypoint), 'requirements.txt'),
  ];
  const requirements = candidates.map((file) => resolve(job.folder, file)).find((file) => existsSync(file));
  if (!requirements) return job.found;
  const { installRequirements } = await import('../../jobtypes/python3/environment.ts');
  const onLine = (message: string) => onOutput({ level: 'INFO', message });
  return installRequirements({ interpreter: job.found, requirements, env, onLine });
}

function deploymentInfo(env: Environment): DeploymentInfo {
  const timestamp = env.JOB_DEPLOYMENT_TIMESTAMP;
  return {
    jobVersion: env.JOB_VERSION || null,
    gitVersion: env.GIT_VERSION || null,
    deployedByRacetrackVersion: env.DEPLOYED_BY_RACETRACK_VERSION || null,
    deploymentTimestamp: timestamp && Number.isFinite(Number(timestamp)) ? Number(timestamp) : null,
    jobTypeVersion: env.JOB_TYPE_VERSION || null,
  };
}

/** A job without a name is called after its file, or after its folder when the file has a name that many have. */
function nameFrom(entrypoint: string): string {
  const stem = basename(entrypoint, '.py');
  const own = ['entrypoint', 'job', 'main', 'app'].includes(stem) ? basename(dirname(entrypoint)) : stem;
  return (
    own
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'job'
  );
}

/** A person's machine offers a half-finished job to nobody else; a container is of no use otherwise. */
function defaultHost(env: Environment): string {
  const inContainer =
    existsSync('/.dockerenv') || existsSync('/run/.containerenv') || env.KUBERNETES_SERVICE_HOST !== undefined;
  return inContainer && !process.stdout.isTTY ? '0.0.0.0' : '127.0.0.1';
}
