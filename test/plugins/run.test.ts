/** The built command runs entrypoints of a job type that a plugin brings, as it runs its own. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { post, racetrack, serve } from '../smoke/command.ts';
import { type Files, workplace } from './plugins-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

/** Formulas: a file with one expression over `a` and `b`, which the shim of Python computes. */
const FORMULA: Files = {
  'formula/plugin-manifest.yaml': 'name: formula\nversion: 1.0.0\n',
  'formula/plugin.mjs': `
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineJobType, definePlugin, RUN_KEYS, UserError, workerRunner, z } from 'racetrack/plugin';

const racetrack = dirname(createRequire(import.meta.url).resolve('racetrack/package.json'));
const extra = z.object({ ...RUN_KEYS, factor: z.number().default(1) });

const formula = defineJobType({
  name: 'formula',
  version: '1.0.0',
  description: 'One expression.',
  extra,
  images: () => [{ dockerfile: { text: 'FROM scratch\\n' }, files: {} }],
  runner: workerRunner({
    extra,
    entrypoints: 'a formula (.formula)',
    takes: (path, kind) => kind === 'file' && path.endsWith('.formula'),
    async prepare({ entrypoint, folder, env, extra: { factor } = { factor: 1 } }, { onOutput }) {
      const text = readFileSync(entrypoint, 'utf8').trim();
      if (!/^[\\dab+*() -]+$/.test(text)) throw new UserError('this is no formula: ' + text, { hint: 'use a, b, + and *' });
      const file = join(mkdtempSync(join(tmpdir(), 'formula-')), 'job.py');
      writeFileSync(file, 'class Formula:\\n    def perform(self, a: float, b: float):\\n        return ' + factor + ' * (' + text + ')\\n');
      onOutput({ level: 'INFO', message: 'the formula has been translated' });
      return { command: 'python3', args: [join(racetrack, 'jobtypes/python3/shim/start.py'), file], cwd: folder, env: { ...env } };
    },
  }),
});

export default definePlugin({ jobTypes: () => [formula] });
`,
  'job/sum.formula': 'a + b\n',
  'job/bad.formula': 'import os\n',
  'job/job.yaml': 'name: sum\njobtype: formula:latest\nowner_email: a@b.c\njobtype_extra:\n  factor: 10\n  fcator: 1\n',
};

test('a job of a plugin is served, with its options checked', async () => {
  const place = workplace(FORMULA);
  expect(await place.tryInstall('formula')).toBeUndefined();
  const env = { RACETRACK_PLUGINS: place.store };
  const job = await serve(['sum.formula'], { cwd: join(place.cwd, 'job'), env });
  await job.shows('sum is ready at');
  expect(await post(job.address, { a: 40, b: 2 })).toEqual([200, '420']);
  expect(job.output()).toContain('the formula has been translated');
  expect(job.output()).toContain('jobtype_extra.fcator: unknown key, it is ignored; did you mean "factor"?');
  const schema = await racetrack(['schema', 'sum.formula'], { cwd: join(place.cwd, 'job'), env });
  expect(Object.keys((JSON.parse(schema.stdout) as { paths: object }).paths)).toContain('/api/v1/perform');
  expect((await job.stop()).code).toBe(0);
});

test('its mistakes are told as those of every job', async () => {
  const place = workplace(FORMULA);
  await place.tryInstall('formula');
  const { code, stderr } = await racetrack(['schema', 'job/bad.formula'], {
    cwd: place.cwd,
    env: { RACETRACK_PLUGINS: place.store },
  });
  expect(code).toBe(1);
  expect(stderr).toContain('this is no formula: import os');
  expect(stderr).toContain('hint:  use a, b, + and *');
});

test('without the plugin it is no entrypoint, and with it the others are still told', async () => {
  const place = workplace({ ...FORMULA, 'a.txt': '' });
  const run = (path: string) =>
    racetrack(['schema', path], { cwd: place.cwd, env: { RACETRACK_PLUGINS: place.store } });
  expect((await run('job/sum.formula')).stderr).toContain('sum.formula is no entrypoint');
  await place.tryInstall('formula');
  expect((await run('a.txt')).stderr).toMatch(/an entrypoint is .*\(\.py\).*, or a formula \(\.formula\)/);
});
