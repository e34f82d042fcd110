/** Owns the proof that a job gets the version of its job type that it asks for, or a list of what there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../jobtypes/registry.ts';
import { compareVersions } from '../../jobtypes/version.ts';
import { UserError } from '../../wrapper/core/errors.ts';

const registry = (...names: string[]) =>
  createRegistry(
    names.map((full) => {
      const [name = '', version = ''] = full.split(':');
      return { name, version };
    }),
  );

const resolve = (reference: string, ...names: string[]) => registry(...names).resolve(reference).version;

describe('choice', () => {
  it.each([
    ['python3:2.6.1', ['python3:2.6.1', 'python3:2.7.0'], '2.6.1'],
    ['python3:2.6.*', ['python3:2.6.1', 'python3:2.6.12', 'python3:2.6.2', 'golang:2.6.99'], '2.6.12'],
    [
      'labber:1.30.*-3.9-bullseye',
      ['labber:1.30.1-3.9-bullseye', 'labber:1.30.2-3.10-bullseye'],
      '1.30.1-3.9-bullseye',
    ],
    ['python3:latest', ['python3:2.5.1', 'python3:2.11.1', 'python3:2.5.99'], '2.11.1'],
    ['python3:latest', ['python3:2.5.1', 'python3:3.0.0-rc1'], '3.0.0-rc1'],
    ['python3:2.*', ['python3:2.5.1', 'python3:2.5.2-dev'], '2.5.2-dev'],
  ])('%s of %j is %s', (reference, names, expected) => {
    expect(resolve(reference, ...names)).toBe(expected);
  });

  it('is the highest that matches, whatever the order of the entries', () => {
    const version = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 12 }), fc.nat({ max: 12 })).map((all) => all.join('.'));
    const versions = fc.uniqueArray(version, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(versions, fc.nat({ max: 3 }), (given, major) => {
        const names = given.map((each) => `a:${each}`);
        expect(resolve('a:latest', ...names)).toBe([...given].sort(compareVersions).at(-1));
        const matching = given.filter((each) => each.startsWith(`${major}.`)).sort(compareVersions);
        if (matching.length > 0) expect(resolve(`a:${major}.*`, ...names)).toBe(matching.at(-1));
        else expect(() => resolve(`a:${major}.*`, ...names)).toThrow(`there is no version matching "a:${major}.*"`);
      }),
    );
  });
});

describe('errors list what is available', () => {
  const available = registry('python3:2.6.1', 'golang:1.0.0', 'python3:2.10.0');
  const all = '[golang:1.0.0, python3:2.10.0, python3:2.6.1]';
  it.each([
    ['python3', 'job type should be specified as "name:version", got "python3"', 'python3:latest'],
    ['python3:1:2', 'job type should be specified as "name:version", got "python3:1:2"', 'python3:latest'],
    [':latest', 'job type should be specified as "name:version", got ":latest"', 'python3:latest'],
    ['python3:9.9.9', `language python3:9.9.9 is not supported, supported are: ${all}`, 'python3:latest'],
    ['python3:2.x', `language python3:2.x is not supported, supported are: ${all}`, 'python3:latest'],
    ['python3:3.*', `there is no version matching "python3:3.*", supported are: ${all}`, 'python3:latest'],
    [
      'pyton3:latest',
      `there is no version matching "pyton3:latest", supported are: ${all}`,
      'did you mean "python3:latest"?',
    ],
    ['cobol:1.0.0', `language cobol:1.0.0 is not supported, supported are: ${all}`, 'racetrack plugin install'],
    ['__proto__:latest', `there is no version matching "__proto__:latest", supported are: ${all}`, 'plugin install'],
  ])('%s', (reference, message, hint) => {
    const error = (() => {
      try {
        return available.resolve(reference);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message, hint: expect.stringContaining(hint) });
  });

  it('says so when there is none at all', () => {
    expect(() => registry().resolve('python3:latest')).toThrow('supported are: []');
  });
});

it('refuses a name and version that is defined twice, and names both', () => {
  const entries = [
    { name: 'rust', version: '1.0.0', from: 'plugin rust-a' },
    { name: 'rust', version: '1.0.0', from: 'plugin rust-b' },
  ];
  expect(() => createRegistry(entries, ({ from }) => from)).toThrow(
    'the job type rust:1.0.0 is defined twice: by plugin rust-a and by plugin rust-b',
  );
});
