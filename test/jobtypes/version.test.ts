/** Owns the proof that versions of job types are ordered and matched as their authors mean it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isPattern, isVersion, matchesPattern } from '../../jobtypes/version.ts';

const number = fc.nat({ max: 30 });
const label = fc.stringMatching(/^(-[a-z0-9.]{1,6}){0,2}$/);
const version = fc.tuple(number, number, number, label).map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);

describe('order', () => {
  it.each([
    ['2.5.99', '2.11.1'],
    ['1.0.0-rc1', '1.0.0'],
    ['1.0.0', '1.0.1-alpha'],
    ['2.15.0-python3.9', '2.15.0-python3.11'],
    ['1.30.1-3.9-bullseye', '1.30.1-3.10-bullseye'],
    ['1.0.0-alpha', '1.0.0-beta'],
  ])('%s is below %s', (low, high) => {
    expect(compareVersions(low, high)).toBeLessThan(0);
    expect(compareVersions(high, low)).toBeGreaterThan(0);
  });

  it('is the same order whichever two are compared', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        const [low, middle, high] = [a, b, c].sort(compareVersions) as [string, string, string];
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    ['2.6.*', '2.6.12'],
    ['1.30.*-3.9-bullseye', '1.30.1-3.9-bullseye'],
    ['1.*.*', '1.0.0-dev'],
    ['*', '1.2.3'],
    ['1.2.3-*-bullseye', '1.2.3-3.9-bullseye'],
  ])('%s stands for %s', (pattern, given) => {
    expect(isPattern(pattern)).toBe(true);
    expect(matchesPattern(given, pattern)).toBe(true);
  });

  it.each([
    ['2.6.*', '2.60.1'],
    ['1.30.*-3.9-bullseye', '1.30.1-3.10-bullseye'],
    ['1.2.3-*-bullseye', '1.2.3--bullseye'],
    ['1.2.*', '1.2.'],
  ])('%s does not stand for %s', (pattern, given) => {
    expect(matchesPattern(given, pattern)).toBe(false);
  });

  it.each(['2.x', '1.2.3', 'latest', '1.2.3.*', 'v1.*', '1.2*', ''])('%s is no pattern', (text) => {
    expect(isPattern(text)).toBe(false);
  });

  it('takes a star for one or more characters, as the regular expression does', () => {
    const part = fc.stringMatching(/^[ab.1]{0,3}$/);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 2, maxLength: 4 }),
        fc.stringMatching(/^[ab.1]{0,10}$/),
        (parts, text) => {
          const expected = new RegExp(`^${parts.map((each) => each.replaceAll('.', '\\.')).join('.+')}$`);
          expect(matchesPattern(text, parts.join('*'))).toBe(expected.test(text));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

it.each(['1.2', '1.2.3:4', '1.2.3 4', '1.2.*', '', 'a.b.c', '9999999999.0.0'])('%s is no version', (text) => {
  expect(isVersion(text)).toBe(false);
});
