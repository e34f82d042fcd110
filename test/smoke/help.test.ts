/** The built command explains itself, and refuses wrong usage with exit code 2. */
import { expect, test } from 'vitest';
import { ADDER, racetrack } from './command.ts';

test.each([
  [['--help'], 'racetrack-wrapper run entrypoint.py'],
  [[], 'racetrack-wrapper run entrypoint.py'],
  [['help'], 'racetrack-wrapper run entrypoint.py'],
  [['run', '--help'], 'racetrack-wrapper run entrypoint.py --reload'],
  [['call', '--help'], 'racetrack-wrapper call 7000 \'{"numbers": [40, 2]}\''],
  [['schema', '--help'], 'racetrack-wrapper schema entrypoint.py > openapi.json'],
])('%j shows options and examples, exit code 0', async (args, example) => {
  const { code, stdout, stderr } = await racetrack(args);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Usage: racetrack-wrapper/);
  expect(stdout).toMatch(/^Examples?:$/m);
  expect(stdout).toContain(example);
});

test('--version shows a version', async () => {
  expect(await racetrack(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

test.each([
  [['frobnicate'], "unknown command 'frobnicate'"],
  [['--frobnicate'], "unknown option '--frobnicate'"],
  [['run'], "missing required argument 'path'"],
  [['run', ADDER, 'A', 'B'], 'too many arguments'],
  [['run', ADDER, '--port', '70000'], 'Give a port from 0 to 65535.'],
  [['call'], "missing required argument 'target'"],
  [['call', '7000', '{no json'], 'the input is no JSON'],
  [['schema'], "missing required argument 'path'"],
  [['template', 'only-one'], "missing required argument 'out'"],
])('%j is wrong usage: exit code 2 and why', async (args, message) => {
  const { code, stdout, stderr } = await racetrack(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('error:');
  expect(stderr).toContain(message);
});
