/** Owns putting a job together for the command line: job type, manifest and settings, from arguments and environment. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { programLauncher } from '../../jobtypes/docker/launcher.ts';
import type { ConfiguredJob, ConfiguredProgram, Launch, Launcher } from '../../jobtypes/launcher.ts';
import { findLauncher, LAUNCHERS } from '../../jobtypes/launchers.ts';
import { DEFAULT_LIMITS, type DeploymentInfo, type WrapperConfig } from '../config.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { locateManifest, type ManifestLocation } from '../core/manifest-location.ts';
import type { LogRecord, StartFailure } from '../protocol/messages.ts';
import { type HostProcess, startProcess, type WorkerCommand } from '../worker/process.ts';
import type { HeadStart } from './head-start.ts';
import type { RunOptions } from './options.ts';
import { checkNamedOnce, refuseProgramOptions, refuseWorkerOptions } from './program-options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface JobRequest {
  /** The job's file or folder; undefined when an option names a program instead. */
  readonly path: string | undefined;
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

/** What the manifest says, and what becomes of the job with it. */
interface ReadManifest {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Undefined when the manifest cannot be used; `failure` says why. */
  readonly configured?: ConfiguredJob | ConfiguredProgram;
  readonly warnings: readonly string[];
  readonly failure?: StartFailure;
}

/**
 * The job's process starts while the manifest is still being read: the one is waiting for the disk while the other computes.
 * Rejects with a {@link UserError} for what only the person at the command line can mend.
 */
export async function prepareJob(request: JobRequest): Promise<PreparedJob> {
  const { options, env, cwd } = request;
  const entrypoint = resolve(cwd, request.path ?? '.');
  checkNamedOnce(options, request.path);
  const launcher = request.path === undefined ? programLauncher : await launcherOf(entrypoint, env);
  if (launcher === programLauncher) refuseWorkerOptions(options);
  else refuseProgramOptions(options);
  const location = locateManifest({ manifestPath: options.manifestPath, env, cwd, entrypoint });
  const { folder } = location;
  const { python, install } = options;
  const launch = await launcher.open({ entrypoint, folder, env, python, install, program: options });
  const started = launch.early && startOrClaim(launch.early, request);
  try {
    const manifest = await readManifest(launch, location, options.strict === true);
    if (manifest.failure) started?.kill();
    return {
      folder,
      warnings: manifest.warnings,
      started,
      config: createConfig(request, { entrypoint, folder, manifest }),
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
  { entrypoint, folder, manifest }: { entrypoint: string; folder: string; manifest: ReadManifest },
): WrapperConfig {
  const { configured } = manifest;
  const extra = configured?.extra;
  const program = configured && 'plan' in configured ? configured.plan : undefined;
  const job = {
    name: env.JOB_NAME || manifest.name || nameFrom(entrypoint),
    version: env.JOB_VERSION || manifest.version || '0.0.1',
  };
  return {
    host: options.host ?? defaultHost(env),
    port: options.port,
    job,
    deployment: deploymentInfo(env),
    homePage: extra?.homePage ?? (program ? '/' : '/docs'),
    folder,
    plan: program ?? {
      kind: 'workers',
      prepare: configured && 'prepare' in configured ? configured.prepare : unprepared,
      order: {
        className: className ?? extra?.className ?? '',
        env: { JOB_NAME: job.name, JOB_VERSION: job.version },
      },
    },
    checks: { validate: extra?.validate, validateOutput: extra?.validateOutput },
    failure: manifest.failure,
    limits: {
      workers: options.workers,
      maxConcurrency: options.maxConcurrency ?? extra?.maxConcurrency ?? null,
      maxQueue: options.maxQueue ?? extra?.maxConcurrencyQueue ?? null,
      timeoutMs: options.timeout * 1000,
      overrunMs: options.overrun * 1000,
      graceMs: options.grace * 1000,
      drainMs: options.drain * 1000,
      maxBody: options.maxBody,
      spillAbove: options.spill,
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

/** A job whose manifest has failed is never prepared: the probes tell its failure. */
const unprepared = () => Promise.reject(new Error('a job that cannot be configured was prepared'));

/** A job type of ours, or else one of a plugin: those are looked at only when they are needed. */
async function launcherOf(path: string, env: Environment): Promise<Launcher> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    throw new UserError(`there is no file ${path}`, {
      hint: 'give the path of the file that holds your class or function: racetrack-wrapper run entrypoint.py',
    });
  }
  const kind = stats.isDirectory() ? 'folder' : 'file';
  const launcher = findLauncher(path, kind);
  if (launcher) return launcher;
  const { loadPluginRunners } = await import('../../plugins/runners.ts');
  const { launchers, problems } = await loadPluginRunners(env);
  const found = launchers.find((each) => each.takes(path, kind));
  if (found) return found;
  const [reason, hint] =
    kind === 'folder'
      ? [
          'is a folder',
          `name the file in it that holds your class or function: racetrack-wrapper run ${join(path, 'entrypoint.py')}`,
        ]
      : [
          'is no entrypoint',
          `an entrypoint is ${[...LAUNCHERS, ...launchers].map((each) => each.entrypoints).join(', or ')}`,
        ];
  throw new UserError(`${path} ${reason}`, { hint: [hint, ...problems].join('; ') });
}

/** The manifest's part. What makes it unreadable is a failed start, told by the probes: a platform can only see those. */
async function readManifest(launch: Launch, location: ManifestLocation, strict: boolean): Promise<ReadManifest> {
  if (location.kind === 'none') return { configured: await launch.configure(undefined), warnings: [] };
  const [{ loadManifest }, { formatFinding }] = await Promise.all([
    import('../core/manifest.ts'),
    import('../core/finding.ts'),
  ]);
  try {
    const { manifest, findings, places } = await loadManifest(location);
    const configured = await launch.configure({ values: manifest.jobtype_extra, places, manifest });
    const relevant = [...findings, ...configured.findings].filter((finding) => strict || finding.kind !== 'missing');
    const warnings = relevant.map(formatFinding);
    if (strict && warnings.length > 0) {
      throw new UserError(`the manifest has mistakes:\n  ${warnings.join('\n  ')}`, {
        hint: 'mend them, or run without --strict',
      });
    }
    return { name: manifest.name, version: manifest.version, configured, warnings };
  } catch (error) {
    if (strict) throw error;
    const hint = error instanceof UserError ? error.hint : undefined;
    return { warnings: [], failure: { error: messageOf(error), type: 'ManifestError', ...(hint ? { hint } : {}) } };
  }
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

/** A job without a name is called after its file or folder, or after its file's folder when the file has a name that many have. */
function nameFrom(entrypoint: string): string {
  const stem = basename(entrypoint, extname(entrypoint));
  const own = ['entrypoint', 'job', 'main', 'app', 'perform'].includes(stem) ? basename(dirname(entrypoint)) : stem;
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
