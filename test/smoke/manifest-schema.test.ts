/** The built command prints the JSON Schema of job.yaml for a job type. */
import { expect, test } from 'vitest';
import { racetrack } from './command.ts';

test.each(['python3', 'python3:latest', 'python3:*'])('for %s', async (reference) => {
  const { code, stdout, stderr } = await racetrack(['schema', '--manifest', reference]);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    title: expect.stringMatching(/^job\.yaml for python3:/),
    properties: { jobtype_extra: { properties: { python_version: { type: 'string' } } } },
  });
});

test('a job type that nobody has: what there is, exit code 1', async () => {
  const { code, stdout, stderr } = await racetrack(['schema', '--manifest', 'pyton3']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/error: there is no version matching "pyton3:latest", supported are: \[.*python3:\d/);
  expect(stderr).toContain('hint:  did you mean "python3:latest"?');
});

test('an entrypoint as well is wrong usage', async () => {
  const { code, stderr } = await racetrack(['schema', 'entrypoint.py', '--manifest', 'python3']);
  expect(code).toBe(2);
  expect(stderr).toContain("with --manifest there is no argument 'path'");
});
