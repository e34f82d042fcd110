/** Owns the proof that `.racetrackignore` leaves out what its author meant. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMatcher } from '../../plugins/ignore.ts';

describe('one rule', () => {
  it.each([
    ['*.zip', 'folder/plugin-1.1.0.zip', true],
    ['*.zip', 'folder/f.zipper.txt', false],
    ['*.zip', 'folder/F.ZIP', false],
    ['.git', '.git/file', true],
    ['.git', 'a/.git', true],
    ['.git', '.gitattributes', false],
    ['/venv', 'venv', true],
    ['/venv', 'venv/internals', true],
    ['/venv', 'folder/venv', false],
    ['/venv/x', 'venv/x/internals', true],
    ['logs/out.txt', 'logs/out.txt', true],
    ['logs/out.txt', 'folder/logs/out.txt', true],
    ['logs/out.txt', 'out.txt', false],
    ['logs/out.txt', 'logs/out.txt/more', false],
    ['/somewhere/over/the_rainbow', 'somewhere/over', false],
    ['logs/', 'a/logs/x', true],
    ['**', 'anything/below', true],
    ['a/**/b', 'a/x/b', true],
    ['a/**/b', 'a/x/y/b', false],
    ['?.txt', 'a.txt', true],
    ['?.txt', 'ab.txt', false],
    ['[ab]*.txt', 'b1.txt', true],
    ['[!ab]*.txt', 'b1.txt', false],
    ['[*].txt', '*.txt', true],
    ['[*].txt', 'a.txt', false],
    ['[]].txt', '].txt', true],
    ['[z-a].txt', 'm.txt', false],
    ['a[.txt', 'a[.txt', true],
    ['# remark', '# remark', true],
    ['a+(b).txt', 'a+(b).txt', true],
  ])('%s leaves out %s: %s', (rule, path, isLeftOut) => {
    expect(createMatcher([rule], [])(path)).toBe(!isLeftOut);
    expect(createMatcher([`-${rule}`], [])(path)).toBe(!isLeftOut);
    expect(createMatcher(['*', `+${rule}`], [])(path)).toBe(isLeftOut);
    expect(createMatcher(['*', `!${rule}`], [])(path)).toBe(isLeftOut);
  });
});

describe('several rules', () => {
  const takes = createMatcher(['-/whole', '+/whole/but_this', '-/whole/but_this/without', '-*.dll', '!this.dll', '']);
  it.each([
    ['elsewhere/a.txt', true],
    ['whole/a.txt', false],
    ['whole/but_this/code/a.txt', true],
    ['whole/but_this/without/a.txt', false],
    ['not.dll', false],
    ['a/this.dll', true],
  ])('%s is taken: %s', (path, expected) => {
    expect(takes(path)).toBe(expected);
  });

  it('never takes what no plugin needs', () => {
    const all = createMatcher(['+*']);
    for (const path of ['a.zip', '.git/config', 'a/b.pyc', '__pycache__/a', '.gitignore', '.racetrackignore']) {
      expect(all(path), path).toBe(false);
    }
    expect(all('plugin-manifest.yaml')).toBe(false);
    expect(all('sample/plugin-manifest.yaml')).toBe(true);
  });
});

it('matches a part as shells do', () => {
  const glob = fc.stringMatching(/^[ab.*?![\]-]{1,7}$/).filter((text) => !/^[!+-]/.test(text) && text !== '.');
  const name = fc.stringMatching(/^[ab.!-]{1,6}$/).filter((text) => text !== '.');
  const cases = fc.sample(fc.tuple(glob, name), { numRuns: 2000, seed: 1 });
  const python = spawnSync(
    'python3',
    ['-c', 'import fnmatch,json,sys\nprint(json.dumps([fnmatch.fnmatchcase(n, g) for g, n in json.load(sys.stdin)]))'],
    { input: JSON.stringify(cases), encoding: 'utf8' },
  );
  const expected = JSON.parse(python.stdout) as boolean[];
  expect(expected.filter(Boolean).length).toBeGreaterThan(100);
  const different = cases.filter(([rule, path], index) => !createMatcher([rule], [])(path) !== expected[index]);
  expect(different).toEqual([]);
});

it('takes no time for a pattern made to take long', () => {
  const takes = createMatcher([`${'*a'.repeat(60)}b`], []);
  expect(takes('a'.repeat(250))).toBe(true);
});
