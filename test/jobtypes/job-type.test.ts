/** Owns the proof that a job type is one typed definition, and that jobs are checked with it before anything is built. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { checkJob } from '../../jobtypes/job-check.ts';
import { defineJobType, type JobType } from '../../jobtypes/job-type.ts';
import { formatFinding } from '../../wrapper/core/finding.ts';
import { type Manifest, parseManifest } from '../../wrapper/core/manifest.ts';

const rust = defineJobType({
  name: 'rust',
  version: '1.0.0',
  description: 'A function in Rust.',
  extra: z.object({ edition: z.string().default('2024'), features: z.array(z.string()).optional() }),
  images: ({ extra }) => {
    expectTypeOf(extra.edition).toEqualTypeOf<string>();
    expectTypeOf(extra.features).toEqualTypeOf<string[] | undefined>();
    return [{ dockerfile: { text: `FROM rust:1\nENV EDITION=${extra.edition}\n` }, files: {} }];
  },
  validate: ({ extra }) =>
    extra.features?.includes('gpu')
      ? [{ path: ['jobtype_extra', 'features', 0], message: 'needs a graphics card' }]
      : [],
});

function check(extra: string) {
  const { manifest, places } = parseManifest(`name: a\n${extra}`, { file: 'job.yaml' });
  const { job, findings } = checkJob(rust, { manifest: manifest as Manifest, places, gitVersion: 'v1' });
  return { job, findings: findings.map(formatFinding) };
}

describe('a definition', () => {
  it('is a job type like every other, with the type of its options inferred', () => {
    expectTypeOf(rust).toExtend<JobType>();
    // @ts-expect-error there is no such option
    defineJobType({ ...rust, extra: z.object({}), images: ({ extra }) => extra.edition });
  });

  const given = { name: 'a', version: '1.0.0', description: 'd', extra: z.object({}), images: () => [] };
  it.each([
    [{ name: 'A b' }, /name "A b"/],
    [{ name: 'a:b' }, /name "a:b"/],
    [{ version: '1.0' }, /version "1.0"/],
    [{ description: ' ' }, /description/],
    [{ extra: undefined }, /extra/],
    [{ extra: z.string() }, /extra/],
    [{ images: undefined }, /images/],
  ])('with %j is refused with its reason', (part, reason) => {
    expect(() => defineJobType({ ...given, ...part } as never)).toThrow(reason);
  });
});

describe('a job', () => {
  it('gets its options with their defaults', () => {
    expect(check('')).toMatchObject({ job: { extra: { edition: '2024' } }, findings: [] });
  });

  it('is told the place, the reason and a suggestion for each mistake', () => {
    const { findings } = check('jobtype_extra:\n  editon: "2021"\n  features: fast\n');
    expect(findings).toEqual([
      'job.yaml:4:13 jobtype_extra.features: expected a list, but got the text "fast"; it is ignored',
      'job.yaml:3:3 jobtype_extra.editon: unknown key, it is ignored; did you mean "edition"?',
    ]);
  });

  it('is told what only the job type can see', () => {
    expect(check('jobtype_extra:\n  features: [gpu]\n').findings).toEqual([
      'job.yaml:3:14 jobtype_extra.features[0]: needs a graphics card',
    ]);
  });

  it('keeps the manifest as it was given', () => {
    const { manifest, places } = parseManifest('jobtype_extra:\n  nope: 1\n', { file: 'job.yaml' });
    checkJob(rust, { manifest: manifest as Manifest, places, gitVersion: '' });
    expect(manifest.jobtype_extra).toEqual({ nope: 1 });
  });
});
