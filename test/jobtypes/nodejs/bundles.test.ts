/** Bundles: kept and used again, made anew when something has changed, and made somewhere else where nothing may be kept. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../../wrapper/testing.ts';
import { serve } from '../../smoke/command.ts';

let folder: string;
let job: WrapperUnderTest | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'racetrack-bundles-'));
});
afterEach(async () => {
  await job?.stop();
  job = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const cache = () => join(folder, 'cache');
const kept = () => `${cache()}/nodejs${folder}/job/entrypoint.ts.mjs`;

async function start(): Promise<void> {
  await job?.stop();
  const entrypoint = join(folder, 'job/entrypoint.ts');
  job = await startWrapper({ entrypoint, cwd: join(folder, 'job'), env: { RACETRACK_CACHE: cache() } });
}

const ask = async () => (await fetch(`${job?.address}/api/v1/perform`, { method: 'POST' })).json();

test('a bundle is used again until a file, a configuration or a package changes', async () => {
  write({
    'job/entrypoint.ts':
      "import { text } from '@lib/text.ts'; import { version } from 'dependency'; export const perform = () => [text, version];",
    'job/lib/text.ts': "export const text = 'one';",
    'job/other/text.ts': "export const text = 'other';",
    'job/tsconfig.json': '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}',
    'job/node_modules/dependency/package.json': '{"name":"dependency","version":"1.0.0","type":"module","main":"a.js"}',
    'job/node_modules/dependency/a.js': "export const version = 'a';",
    'job/node_modules/dependency/b.js': "export const version = 'b';",
  });
  await start();
  expect(await ask()).toEqual(['one', 'a']);
  const { mtimeMs } = statSync(kept());
  await start();
  expect(await ask()).toEqual(['one', 'a']);
  expect(statSync(kept()).mtimeMs).toBe(mtimeMs);
  write({ 'job/lib/text.ts': "export const text = 'two';" }); // as long as before
  await start();
  expect(await ask()).toEqual(['two', 'a']);
  write({ 'job/tsconfig.json': '{"compilerOptions":{"paths":{"@lib/*":["./other/*"]}}}' });
  await start();
  expect(await ask()).toEqual(['other', 'a']);
  write({
    'job/node_modules/dependency/package.json': '{"name":"dependency","version":"1.0.1","type":"module","main":"b.js"}',
  });
  await start();
  expect(await ask()).toEqual(['other', 'b']);
}, 120_000);

test('a spoilt bundle is made anew', async () => {
  write({ 'job/entrypoint.ts': 'export const perform = () => 1;' });
  await start();
  writeFileSync(kept(), 'no bundle');
  await start();
  expect(await ask()).toBe(1);
  expect(readFileSync(kept(), 'utf8')).toContain('perform');
}, 60_000);

test('a job is served where nothing may be kept', async () => {
  write({ 'job/entrypoint.ts': 'export const perform = () => 1;', cache: 'a file, no folder' });
  await start();
  expect(await ask()).toBe(1);
}, 60_000);

test('code knows where it stands, also behind a link, and finds what stands beside it', async () => {
  write({
    'real/entrypoint.ts':
      "import { readFileSync } from 'node:fs'; import { below } from './below/helper.ts'; export const perform = async () => [import.meta.dirname, below, readFileSync(new URL('data.txt', import.meta.url), 'utf8'), (await import(new URL('late.mjs', import.meta.url).href)).late];",
    'real/below/helper.ts': 'export const below = [__dirname, import.meta.filename];',
    'real/data.txt': 'data',
    'real/late.mjs': "export const late = 'late';",
  });
  symlinkSync(join(folder, 'real'), join(folder, 'job'));
  await start();
  const [here, below, data, late] = (await ask()) as [string, string[], string, string];
  expect(existsSync(join(here, 'entrypoint.ts'))).toBe(true);
  expect(below.map((path) => path.slice(here.length))).toEqual(['/below', '/below/helper.ts']);
  expect([data, late]).toEqual(['data', 'late']);
}, 60_000);

test('a changed job is bundled anew by --reload', async () => {
  write({ 'job/entrypoint.ts': "export const perform = () => 'before';" });
  const command = await serve([join(folder, 'job/entrypoint.ts'), '--reload', '--workers', '2'], {
    cwd: join(folder, 'job'),
    env: { RACETRACK_CACHE: cache() },
  });
  await command.shows('Server is ready');
  const answer = async () => (await fetch(`${command.address}/api/v1/perform`, { method: 'POST' })).json();
  expect(await answer()).toBe('before');
  write({ 'job/entrypoint.ts': "export const perform = () => 'after';" });
  await expect.poll(answer, { timeout: 30_000 }).toBe('after');
  write({ 'job/entrypoint.ts': 'export const perform = (' });
  await command.shows(/ERROR .*the previous one goes on: .*entrypoint\.ts:1:\d+: Unexpected end of file/);
  expect(await answer()).toBe('after');
}, 120_000);
