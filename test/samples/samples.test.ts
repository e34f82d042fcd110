/** Owns the promise of the sample jobs: each starts as its README says and answers every request of its `expect.json`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readProgramExtra } from '../../jobtypes/docker/extra.ts';
import { readGoExtra } from '../../jobtypes/golang/extra.ts';
import { findGo } from '../../jobtypes/golang/go-program.ts';
import { readNodeExtra } from '../../jobtypes/nodejs/extra.ts';
import { readPythonExtra } from '../../jobtypes/python3/extra.ts';
import { readManifest } from '../../wrapper/core/manifest.ts';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { missingEngine } from '../docker/engine.ts';
import { replay } from './expect.ts';
import { Expectations, type GatewayCall, type Request, type Run } from './expect-format.ts';
import { type RecorderGateway, startRecorderGateway } from './recorder-gateway.ts';
import { runSetup } from './sample-setup.ts';

const SAMPLES = join(import.meta.dirname, '../../sample');
const START_LIMIT = 60_000;
const INSTALL_LIMIT = 600_000;

/** Another interpreter may be named, to replay the samples on a further Python version. */
const PYTHON = process.env.RACETRACK_SAMPLE_PYTHON;
const pythonVersion = execFileSync(PYTHON ?? 'python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
  encoding: 'utf8',
}).trim();

/** What the samples of a job type have: the file with the job's code, the options in their manifest, and what is needed to run them. */
const KINDS: Readonly<Record<string, Kind>> = {
  python3: { file: 'entrypoint.py', readExtra: readPythonExtra, missing: undefined },
  nodejs: { file: 'entrypoint.ts', readExtra: readNodeExtra, missing: undefined },
  golang: {
    file: 'perform.go',
    readExtra: readGoExtra,
    missing: findGo(process.env) ? undefined : 'Go is not installed',
  },
  'docker-proxy': { file: 'Dockerfile', readExtra: readProgramExtra, missing: missingEngine },
};

interface Kind {
  readonly file: string;
  readonly readExtra: (...given: Parameters<typeof readPythonExtra>) => { readonly findings: readonly unknown[] };
  /** Why they cannot be run here. */
  readonly missing: string | undefined;
}

const samples = readdirSync(SAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test('there are at least twenty samples', () => expect(samples.length).toBeGreaterThanOrEqual(20));

for (const { name } of samples) {
  const folder = join(SAMPLES, name);
  const [, jobType = ''] = /^jobtype: ([\w-]+)/m.exec(readFileSync(join(folder, 'job.yaml'), 'utf8')) ?? [];
  const { file: code, readExtra, missing } = KINDS[jobType] as Kind;
  const declare = missing === undefined ? describe : describe.skip;
  declare(`sample ${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    test.each(['README.md', code])('has a file %s', (file) => {
      expect(existsSync(join(folder, file))).toBe(true);
    });

    test('has a job.yaml without mistakes', async () => {
      const { manifest, findings, places } = await readManifest(join(folder, 'job.yaml'));
      expect([...findings, ...readExtra(manifest.jobtype_extra, places).findings]).toEqual([]);
    });

    const { setup, runs } = Expectations.parse(JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')));
    if (setup.length > 0) beforeAll(() => runSetup(setup, folder, PYTHON), INSTALL_LIMIT);
    for (const run of runs) describe(run.title, () => replayRun(run, folder));
  });
}

/** Declares the tests of one start of the sample: its requests in order, then what it asked the gateway, then its log. */
function replayRun(run: Run, folder: string): void {
  let gateway: RecorderGateway;
  let job: WrapperUnderTest;
  const others = new Map<string, WrapperUnderTest>();
  beforeAll(async () => {
    for (const { name, args } of run.jobs) others.set(name, await startSample({ ...run, args }, folder));
    const addresses = new Map([...others].map(([name, other]) => [name, other.address]));
    gateway = await startRecorderGateway(run.gateway, addresses);
    job = await startSample(run, folder, gateway.address);
  }, INSTALL_LIMIT);
  afterAll(async () => {
    await job?.stop();
    await gateway?.stop();
    await Promise.all([...others.values()].map((other) => other.stop()));
  }, START_LIMIT);

  for (const request of run.requests) {
    for (const prefix of request.under) {
      test.skipIf(isTooOldFor(request))(titleOf(request, prefix), () =>
        replay(request, { address: job.address, prefix }),
      );
    }
  }
  for (const call of run.gateway) {
    test(`the gateway was asked for ${call.path}`, () => expectReceived(gateway, call));
  }
  for (const line of run.logs) {
    test(`the log has a line like ${line}`, () =>
      vi.waitFor(() => expect(job.logs()).toMatch(new RegExp(line, 'm')), { timeout: 5000 }));
  }
}

async function startSample(run: Run, folder: string, gatewayAddress = ''): Promise<WrapperUnderTest> {
  const [entrypoint = '', ...rest] = run.args;
  const className = rest[0]?.startsWith('-') ? undefined : rest.shift();
  const env = Object.fromEntries(
    Object.entries(run.env).map(([name, value]) => [name, value.replace('{gateway}', gatewayAddress)]),
  );
  const job = await startWrapper({
    entrypoint: join(folder, entrypoint),
    cwd: folder,
    env,
    args: [...rest, ...(PYTHON === undefined ? [] : ['--python', PYTHON])],
    ...(className === undefined ? {} : { className }),
    ...(run.start === 'failed' ? { waitFor: 'listening' as const } : {}),
  });
  if (run.start === 'failed') await waitForFailure(job.address);
  return job;
}

/** A job that cannot be started is alive until it has tried. */
async function waitForFailure(address: string): Promise<void> {
  const hasFailed = async () => expect((await fetch(`${address}/live`)).status).toBe(500);
  await vi.waitFor(hasFailed, { timeout: START_LIMIT, interval: 50 });
}

function titleOf(request: Request, prefix: string): string {
  const version = 'sincePython' in request && request.sincePython ? ` (Python ${request.sincePython} and later)` : '';
  return request.title + (prefix === '' ? '' : `, below ${prefix}`) + version;
}

function isTooOldFor(request: Request): boolean {
  if (!('sincePython' in request) || request.sincePython === undefined) return false;
  return pythonVersion.localeCompare(request.sincePython, 'en', { numeric: true }) < 0;
}

function expectReceived(gateway: RecorderGateway, call: GatewayCall): void {
  expect(gateway.received).toContainEqual({
    method: 'POST',
    path: call.path,
    headers: expect.objectContaining(call.receives.headers),
    json: call.receives.json,
  });
}
