/** Owns the proof that the job types of Node, Go and other programs check their jobs and plan images that can be built from their files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { builtInJobTypes } from '../../jobtypes/built-in.ts';
import { checkJob } from '../../jobtypes/job-check.ts';
import { LAUNCHERS } from '../../jobtypes/launchers.ts';
import { manifestJsonSchema } from '../../jobtypes/manifest-json-schema.ts';
import { formatFinding } from '../../wrapper/core/finding.ts';
import { type Manifest, parseManifest } from '../../wrapper/core/manifest.ts';

async function look(jobType: string, extra: string) {
  const head = `name: adder\njobtype: ${jobType}:latest\nowner_email: a@b.c\ngit:\n  remote: https://example.com/a.git\n`;
  const type = builtInJobTypes.resolve(`${jobType}:latest`);
  const { manifest, places } = parseManifest(`${head}${extra}`, { file: 'job.yaml' });
  const { job, findings } = checkJob(type, { manifest: manifest as Manifest, places, gitVersion: 'v1' });
  return { findings: findings.map(formatFinding), images: () => type.images(job) };
}

async function dockerfileOf(jobType: string, extra: string): Promise<string> {
  const { images, findings } = await look(jobType, extra);
  expect(findings).toEqual([]);
  const [plan] = images();
  if (!plan || !('text' in plan.dockerfile)) throw new Error('no text');
  for (const path of Object.values(plan.files)) expect(existsSync(path), path).toBe(true);
  return plan.dockerfile.text;
}

describe('nodejs', () => {
  it('installs what the job requires, and what its shim imports', async () => {
    const text = await dockerfileOf('nodejs', 'jobtype_extra:\n  entrypoint_path: main.ts\n  node_version: "22"\n');
    expect(text).toMatch(
      /^FROM node:22-bookworm-slim\nRUN .*"--prefix","\/opt","esbuild@\d+\.\d+\.\d+","typescript@\d/,
    );
    expect(text).toContain('npm ci --omit=dev');
    expect(text).toContain(
      'CMD ["node","/opt/racetrack/dist/racetrack-wrapper.js","run","main.ts","--host","0.0.0.0"]',
    );
  });
});

describe('golang', () => {
  it('compiles beside the toolchain and serves without it', async () => {
    const text = await dockerfileOf('golang', 'jobtype_extra:\n  gomod: go.mod\nsystem_dependencies: [git]\n');
    const [build = '', serve = ''] = text.split(/^FROM node:.*\n/m);
    expect(build).toMatch(/^FROM golang:[\d.]+-bookworm AS build\n/);
    expect(build).toContain('COPY ["go.mod","/src/job/go.mod"]\nRUN ["go","mod","download"]\n');
    expect(build).toContain('RUN ["node","/opt/racetrack/dist/racetrack-wrapper.js","schema","."]\n');
    expect(serve).toContain('COPY --from=build ["/src/cache","/src/cache"]\n');
    expect(serve).toContain('"run",".","--host","0.0.0.0"]\n');
    for (const stage of [build, serve]) {
      expect(stage).toContain('ENV RACETRACK_CACHE="/src/cache"');
      expect(stage).toContain('"--","git"]');
    }
  });
});

describe('programs that speak HTTP', () => {
  it('docker-proxy puts the wrapper in front of the program', async () => {
    const text = await dockerfileOf('docker-proxy', 'jobtype_extra:\n  user_module_port: 8000\n');
    expect(text).toContain('COPY ["job.yaml","/src/job/"]\n');
    expect(text).toContain('"run","--url","http://127.0.0.1:8000","--host","0.0.0.0"]\n');
    const { images } = await look('docker-proxy', 'jobtype_extra:\n  dockerfile_path: web/Dockerfile\n');
    expect(images()[1]).toEqual({ dockerfile: { path: 'web/Dockerfile' }, files: {} });
  });

  it('dockerfile is the program alone', async () => {
    const { images } = await look('dockerfile', '');
    expect(images()).toEqual([{ dockerfile: { path: 'Dockerfile' }, files: {} }]);
  });
});

it.each([
  ['dockerfile', 'dockerfile_path: ../Dockerfile', 'jobtype_extra.dockerfile_path: leads out of the job'],
  ['docker-proxy', 'proxy_mode: back', '"forward" or "rewrite"'],
  ['nodejs', 'home_page: /', 'jobtype_extra.entrypoint_path: is required'],
  ['nodejs', 'entrypoint_path: ../x.ts', 'jobtype_extra.entrypoint_path: leads out of the job'],
  [
    'nodejs',
    'entrypoint_path: x.ts\n  node_version: "24 AS x"',
    'there is no Node 24 AS x; write a version such as "24"',
  ],
  ['golang', 'gomod: /etc/passwd', 'jobtype_extra.gomod: leads out of the job'],
  ['golang', 'gomd: go.mod', 'unknown key, it is ignored; did you mean "gomod"?'],
])('%s with %j is told so', async (jobType, extra, message) => {
  const { findings } = await look(jobType, `jobtype_extra:\n  ${extra}\n`);
  expect(findings.filter((line) => line.includes(message))).toHaveLength(1);
});

it('the languages that can be run are those of the job types', async () => {
  const runners = builtInJobTypes.entries.map(({ runner }) => runner).filter((runner) => runner !== undefined);
  expect(new Set(runners)).toEqual(new Set(LAUNCHERS));
});

describe('the JSON Schema of its job type accepts', () => {
  const manifests = readdirSync('sample')
    .map((name) => join('sample', name, 'job.yaml'))
    .filter((path) => existsSync(path));

  it.each(manifests)('%s', async (path) => {
    const manifest = parse(readFileSync(path, 'utf8')) as { jobtype: string };
    const type = builtInJobTypes.resolve(manifest.jobtype);
    const validate = new Ajv({ strict: false, allErrors: true }).compile(manifestJsonSchema(type));
    validate(manifest);
    expect(validate.errors ?? []).toEqual([]);
  });
});
