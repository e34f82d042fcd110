/** The options of `run`: the values they stand for, and what is refused. */
import { describe, expect, test } from 'vitest';
import { parseRunOptions } from '../../wrapper/cli/options.ts';
import { DEFAULT_LIMITS } from '../../wrapper/config.ts';
import { ADDER, racetrack } from '../smoke/command.ts';

test('the defaults', () => {
  expect(parseRunOptions([])).toEqual({
    port: 7000,
    workers: 1,
    timeout: 3600,
    maxRequests: 0,
    maxMemory: 0,
    maxBody: 64 * 1024 * 1024,
    spill: 1024 * 1024,
    overrun: DEFAULT_LIMITS.overrunMs / 1000,
    grace: DEFAULT_LIMITS.graceMs / 1000,
    drain: 0,
    accessLog: true,
  });
});

describe('values', () => {
  test.each([
    ['--port', '0', 'port', 0],
    ['--port', '65535', 'port', 65_535],
    ['--host', '::1', 'host', '::1'],
    ['--workers', '8', 'workers', 8],
    ['--timeout', '0', 'timeout', 0],
    ['--timeout', '2.5', 'timeout', 2.5],
    ['--max-concurrency', '3', 'maxConcurrency', 3],
    ['--max-queue', '0', 'maxQueue', 0],
    ['--max-requests', '10000', 'maxRequests', 10_000],
    ['--max-memory', '512M', 'maxMemory', 512 * 1024 ** 2],
    ['--max-body', '123', 'maxBody', 123],
    ['--max-body', '1k', 'maxBody', 1024],
    ['--max-body', '2KB', 'maxBody', 2048],
    ['--max-body', '3MiB', 'maxBody', 3 * 1024 ** 2],
    ['--max-body', '4g', 'maxBody', 4 * 1024 ** 3],
    ['--spill', '256K', 'spill', 256 * 1024],
    ['--grace', '0.5', 'grace', 0.5],
    ['--drain', '10', 'drain', 10],
    ['--overrun', '1', 'overrun', 1],
    ['--python', '/opt/python', 'python', '/opt/python'],
    ['--manifest-path', 'x.yaml', 'manifestPath', 'x.yaml'],
  ] as const)('%s %s', (option, text, name, value) => {
    expect(parseRunOptions([option, text])).toHaveProperty(name, value);
  });

  test('switches', () => {
    expect(parseRunOptions(['--no-access-log', '--reload', '--install', '--strict'])).toMatchObject({
      accessLog: false,
      reload: true,
      install: true,
      strict: true,
    });
  });
});

describe('what is refused, with exit code 2 and the reason', () => {
  test.each([
    ['--port', '65536', 'Give a port from 0 to 65535.'],
    ['--port', '-1', 'Give a whole number, 0 or more.'],
    ['--port', '80a', 'Give a whole number, 0 or more.'],
    ['--workers', '0', 'Give a whole number, 1 or more.'],
    ['--workers', '1.5', 'Give a whole number, 0 or more.'],
    ['--timeout', '-1', 'Give a number of seconds, 0 or more.'],
    ['--timeout', 'NaN', 'Give a number of seconds, 0 or more.'],
    ['--timeout', 'Infinity', 'Give a number of seconds, 0 or more.'],
    ['--timeout', ' ', 'Give a number of seconds, 0 or more.'],
    ['--max-memory', '1T', 'Give a size in bytes, or such as 64M or 1G.'],
    ['--max-memory', '1.5G', 'Give a size in bytes, or such as 64M or 1G.'],
    ['--max-body', '', 'Give a size in bytes, or such as 64M or 1G.'],
    ['--max-body', '-5', 'Give a size in bytes, or such as 64M or 1G.'],
  ])('%s %j', async (option, text, message) => {
    const { code, stdout, stderr } = await racetrack(['run', ADDER, option, text]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`'${option}`);
    expect(stderr).toContain(message);
  });
});
