/** Owns the proof that `python3` checks its jobs and plans an image from every option that it has. */
import { existsSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { builtInJobTypes } from '../../../jobtypes/built-in.ts';
import { checkJob } from '../../../jobtypes/job-check.ts';
import { manifestJsonSchema } from '../../../jobtypes/manifest-json-schema.ts';
import { pythonJobType } from '../../../jobtypes/python3/job-type.ts';
import { formatFinding } from '../../../wrapper/core/finding.ts';
import { type Manifest, parseManifest } from '../../../wrapper/core/manifest.ts';
import { packageVersion } from '../../../wrapper/core/package-root.ts';

const HEAD = 'name: adder\njobtype: python3:latest\nowner_email: a@b.c\ngit:\n  remote: https://example.com/a.git\n';

function read(extra: string) {
  const { manifest, places } = parseManifest(`${HEAD}${extra}`, { file: 'job.yaml' });
  return checkJob(pythonJobType, { manifest: manifest as Manifest, places, gitVersion: 'v1' });
}

function dockerfileOf(extra: string): string {
  const [plan] = pythonJobType.images(read(extra).job as Parameters<typeof pythonJobType.images>[0]);
  if (!plan || !('text' in plan.dockerfile)) throw new Error('no text');
  for (const path of Object.values(plan.files)) expect(existsSync(path), path).toBe(true);
  return plan.dockerfile.text;
}

test('it is one of the job types that come with Racetrack', async () => {
  const found = builtInJobTypes.resolve('python3:latest');
  expect(found.version).toBe(packageVersion());
});

describe('the image', () => {
  it('holds the job, its wrapper and its own environment', () => {
    expect(dockerfileOf('jobtype_extra:\n  entrypoint_path: main.py\n')).toMatchInlineSnapshot(`
      "FROM python:3.11-slim-bookworm
      COPY --from=node:24-bookworm-slim ["/usr/local/bin/node","/usr/local/bin/node"]
      RUN ["python3","-m","venv","/src/job-venv"]
      COPY [".racetrack/wrapper","/opt/racetrack"]
      WORKDIR /src/job
      COPY [".","/src/job"]
      RUN ["rm","-rf","/src/job/.racetrack"]
      ENV JOB_NAME="adder" JOB_VERSION="0.0.1" GIT_VERSION="v1"
      LABEL racetrack-component="job"
      EXPOSE 7000
      CMD ["node","/opt/racetrack/dist/racetrack-wrapper.js","run","main.py","--python","/src/job-venv/bin/python","--host","0.0.0.0"]
      "
    `);
  });

  it.each([
    ['python_version: "3.13"\n  debian_version: slim-trixie', 'FROM python:3.13-slim-trixie\n'],
    ['requirements_path: a/req.txt', 'COPY ["a/req.txt","/src/requirements.txt"]\n'],
    ['requirements_path: a/req.txt', 'RUN ["/src/job-venv/bin/python","-m","pip","check"]\n'],
    ['memray_profiler: "true"', '"install","--no-cache-dir","memray"]\n'],
    ['memray_profiler: true', 'MEMRAY_PROFILER="true"'],
    ['home_page: /x\nsystem_dependencies: [libgomp1]', '"--no-install-recommends","--","libgomp1"]\n'],
    ['debian_backports: true\nsystem_dependencies: [git]', '"--target-release=bookworm-backports","--","git"]\n'],
    ['home_page: /x\nbuild_env:\n  INDEX: "a $b"', 'ENV INDEX="a \\$b"\n'],
  ])('follows %j', (extra, line) => {
    expect(dockerfileOf(`jobtype_extra:\n  entrypoint_path: a.py\n  ${extra}\n`)).toContain(line);
  });

  it('does without pip check where that is switched off', () => {
    const extra = 'jobtype_extra:\n  requirements_path: r.txt\n  check_requirements: false\n';
    expect(dockerfileOf(extra)).not.toContain('"check"');
  });
});

describe('a job with mistakes', () => {
  it.each([
    [
      'entrypoint_paht: a.py',
      'jobtype_extra.entrypoint_paht: unknown key, it is ignored; did you mean "entrypoint_path"?',
    ],
    ['home_page: /', 'jobtype_extra.entrypoint_path: is required; name the file that holds your class or function'],
    ['entrypoint_path: ../a.py', 'jobtype_extra.entrypoint_path: leads out of the job'],
    ['requirements_path: /etc/passwd', 'jobtype_extra.requirements_path: leads out of the job'],
    ['python_version: "2.7"', 'jobtype_extra.python_version: there is no Python 2.7'],
    ['debian_version: "slim\\nRUN x"', 'jobtype_extra.debian_version: there is no Debian'],
  ])('%s', (extra, message) => {
    const findings = read(`jobtype_extra:\n  ${extra}\n`).findings.map(formatFinding);
    expect(findings.filter((line) => line.includes(message))).toHaveLength(1);
  });
});

describe('the JSON Schema of job.yaml', () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(manifestJsonSchema(pythonJobType));

  it('lets a manifest leave to another one what it extends', () => {
    expect(validate({ extends: '../base.yaml' })).toBe(true);
  });

  it.each([
    [{ jobtype: 'golang:latest' }],
    [{ name: 'under_score' }],
    [{ replicas: 51 }],
    [{ nmae: 'a' }],
    [{ jobtype_extra: { entrypoint_paht: 'a.py' } }],
    [{ jobtype_extra: { python_version: 3.1 } }],
    [{ jobtype_extra: { max_concurrency: 'many' } }],
    [{ jobtype_extra: { max_concurrency: -1 } }],
    [{ git: {} }],
  ])('refuses %j', (part) => {
    expect(validate({ ...(parse(HEAD) as object), ...part })).toBe(false);
  });
});
