/** Owns the proof that the options of Python jobs mean what their authors wrote. */
import { describe, expect, it } from 'vitest';
import { readPythonExtra } from '../../../jobtypes/python3/extra.ts';
import { formatFinding } from '../../../wrapper/core/finding.ts';
import { parseManifest } from '../../../wrapper/core/manifest.ts';

function read(text: string) {
  const { manifest, places } = parseManifest(`jobtype_extra:\n  ${text}`, { file: 'job.yaml' });
  const { extra, findings } = readPythonExtra(manifest.jobtype_extra, places);
  return { ...extra, findings: findings.map(formatFinding) };
}

describe('limits of concurrency', () => {
  it.each([
    ['max_concurrency: 3', 3],
    ['max_concurrency: "3"', 3],
    ['max_concurrency: 0', undefined],
    ['max_concurrency: "0"', undefined],
    ['max_concurrency: ~', undefined],
    ['max_concurrency:', undefined],
    ['home_page: /x', undefined],
  ])('%s allows %s', (text, expected) => {
    expect(read(text)).toMatchObject({ maxConcurrency: expected, findings: [] });
  });

  it('keeps a queue of none apart from one without a limit', () => {
    expect(read('max_concurrency_queue: 0').maxConcurrencyQueue).toBe(0);
    expect(read('max_concurrency: 1').maxConcurrencyQueue).toBeUndefined();
  });

  it.each(['x', '-1', '1.5', 'yes', '99999999999999999999', '"a b"'])('fails the start on %s', (given) => {
    const shown = given.replaceAll('"', '');
    expect(() => read(`max_concurrency: ${given}`)).toThrow(`Expected integer in max_concurrency, but got: ${shown}`);
    expect(() => read(`max_concurrency_queue: ${given}`)).toThrow(
      `Expected integer in max_concurrency_queue, but got: ${shown}`,
    );
  });
});

describe('other options', () => {
  it('gives the home page a leading slash', () => {
    expect(read('home_page: api/v1/webview').homePage).toBe('/api/v1/webview');
    expect(read('home_page: /docs').homePage).toBe('/docs');
  });

  it('takes an unquoted Python version from its text', () => {
    expect(read('python_version: 3.10').findings).toEqual([
      'job.yaml:2:19 jobtype_extra.python_version: expected text, but an unquoted 3.10 is a number in YAML; it is taken as "3.10"; quote it: "3.10"',
    ]);
  });

  it('suggests the key that was meant', () => {
    expect(read('max_concurency: 3').findings).toEqual([
      'job.yaml:2:3 jobtype_extra.max_concurency: unknown key, it is ignored; did you mean "max_concurrency"?',
    ]);
  });

  it('takes flags as booleans or their names', () => {
    expect(read('check_requirements: false\n  memray_profiler: "true"').findings).toEqual([]);
    expect(read('check_requirements: maybe').findings).toHaveLength(1);
  });

  it('takes an empty class name for none', () => {
    expect(read("entrypoint_class: ''\n  entrypoint_path: adder.py")).toMatchObject({
      className: undefined,
      findings: [],
    });
  });

  it('does without any', () => {
    const { places } = parseManifest('', { file: 'job.yaml' });
    expect(readPythonExtra(undefined, places).findings).toEqual([]);
  });
});
