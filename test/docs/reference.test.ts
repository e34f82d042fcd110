/** Owns the proof that the reference is complete: every option, variable, metric and limit of the code is in it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKETS } from '../../wrapper/metrics-figures.ts';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { PROJECT } from './markdown.ts';

const reference = readFileSync(join(PROJECT, 'docs/reference.md'), 'utf8');
const COMMAND = join(PROJECT, 'dist/racetrack-wrapper.js');

describe.each(['run', 'call', 'schema', 'template', 'verify'])('racetrack-wrapper %s', (command) => {
  const help = spawnSync(process.execPath, [COMMAND, command, '--help'], { encoding: 'utf8' }).stdout;
  const options = help
    .slice(help.indexOf('Options:'), help.indexOf('Examples:'))
    .match(/(?<=^ {2}(?:-\w, )?)--[\w-]+/gm);
  const section = reference.split('### racetrack-wrapper ').find((part) => part.startsWith(`${command}\n`)) ?? '';

  test('has options', () => expect(options?.length).toBeGreaterThan(1));

  test('every option is described', () => {
    const missing = (options ?? []).filter((option) => option !== '--help' && !section.includes(`\`${option}`));
    expect(missing).toEqual([]);
  });

  test('every option that is described exists', () => {
    const described = [...section.matchAll(/^\| (?:`-\w`, )?`(--[\w-]+)/gm)].map(([, option]) => option);
    expect(described.filter((option) => !options?.includes(option ?? ''))).toEqual([]);
  });
});

test('every environment variable that the code reads is described', () => {
  const read = ['wrapper', 'jobtypes', 'plugins', 'cli']
    .flatMap(sources)
    .flatMap((text) => [
      ...[...text.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name]) => name ?? ''),
      ...[...text.matchAll(/\benviron(?:\.get\(|\[)"([A-Z_]+)"/g)].map(([, name]) => name ?? ''),
    ]);
  expect(new Set(read).size).toBeGreaterThan(15);
  expect([...new Set(read)].filter((name) => !reference.includes(`\`${name}`))).toEqual([]);
});

describe('metrics', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    const folder = join(PROJECT, 'sample/python-class');
    job = await startWrapper({ entrypoint: join(folder, 'entrypoint.py'), cwd: folder });
  }, 60_000);
  afterAll(() => job?.stop());

  test('every metric of a job is described with its type', async () => {
    await fetch(`${job.address}/api/v1/perform`, { method: 'POST' });
    const text = await (await fetch(`${job.address}/metrics`)).text();
    const families = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
    expect(families.length).toBeGreaterThan(20);
    const missing = families.filter(({ name, type }) =>
      /^(process|nodejs)_/.test(name)
        ? !reference.includes(`\`${name}\``)
        : !reference.includes(`| \`${name}\` | ${type} |`),
    );
    expect(missing).toEqual([]);
  });

  test('the bounds of the buckets are those of the code', () => {
    const [, shown = ''] = /Upper bounds of the buckets, in seconds: ([\d. ]+)\.\n/.exec(reference) ?? [];
    expect(shown.split(' ').map(Number)).toEqual(BUCKETS);
  });
});

function sources(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|py)$/.test(name))
    .map((name) => readFileSync(join(PROJECT, folder, name), 'utf8'));
}
