/** Owns the proof that hooks are called with what they were promised, and that no plugin can take its host down or hold it up. */
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PluginHost } from '../../plugins/host.ts';
import { readInstalled } from '../../plugins/installed.ts';
import type { UserError } from '../../wrapper/core/errors.ts';
import type { Manifest } from '../../wrapper/core/manifest.ts';
import { type Files, type Workplace, workplace, writeFiles } from './plugins-folder.ts';

vi.setConfig({ testTimeout: 60_000 });

const job = { name: 'adder', version: '1.2.3' };
const manifest = { name: 'adder', version: '1.2.3' } as Manifest;
const deployment = { manifest, job, image: 'adder:1', deployer: 'ann' };

let problems: UserError[];
let output: string;
beforeEach(() => {
  problems = [];
  output = '';
});

/** Plugins with these hooks, installed; `priority` in the name's order. */
async function hosted(plugins: Readonly<Record<string, string>>, timeoutMs = 20_000): Promise<[PluginHost, Workplace]> {
  const place = workplace();
  for (const [index, [name, source]] of Object.entries(plugins).entries()) {
    writeFiles(place.cwd, pluginFiles(name, { source, priority: index }));
    expect(await place.tryInstall(name)).toBeUndefined();
  }
  return [await open(place, timeoutMs), place];
}

function pluginFiles(name: string, { source, priority }: { source: string; priority: number }): Files {
  return {
    [`${name}/plugin-manifest.yaml`]: `name: ${name}\nversion: 1.0.0\npriority: ${priority}\n`,
    [`${name}/plugin.mjs`]: `import { defineJobType, definePlugin, z } from 'racetrack/plugin';\n${source}\n`,
  };
}

async function open({ store }: Workplace, timeoutMs = 20_000): Promise<PluginHost> {
  const onProblem = (error: UserError) => void problems.push(error);
  const onOutput = (_: unknown, text: string) => {
    output += text;
  };
  const host = new PluginHost(await readInstalled(store, { env: {}, onProblem }), { timeoutMs, onProblem, onOutput });
  onTestFinished(() => host.stop());
  return host;
}

const hooks = (body: string) => `export default definePlugin({ ${body} });`;

describe('every hook', () => {
  test('is given its arguments and its context', async () => {
    const [host, { store }] = await hosted({
      a: hooks(`
        runAction: (args, context) => ({ args, context, folder: import.meta.dirname }),
        postJobDeploy: async ({ manifest, job, image, deployer }, { name }) => {
          console.log(name, manifest.name, job.version, image, deployer);
        },
        postJobDelete: ({ job, deletedBy }) => console.log('gone', job.name, deletedBy),
        markdownDocs: async () => '# A',
        jobRuntimeEnvVars: () => ({ A: '1', B: '1' }),
      `),
      b: hooks(`jobRuntimeEnvVars: () => ({ B: '2' }), markdownDocs: () => '# B'`),
      c: hooks(`jobRuntimeEnvVars: () => undefined`),
    });
    const answer = (await host.runAction('a', { x: [1] })) as Record<string, { folder: string; configPath: string }>;
    expect(answer).toMatchObject({ args: { x: [1] }, context: { name: 'a', version: '1.0.0' } });
    expect(answer.context?.folder).toBe(answer.folder);
    expect(answer.context?.configPath).toBe(join(store, 'config/a/1.0.0/config.yaml'));
    await host.postJobDeploy(deployment);
    await host.postJobDelete({ job, deletedBy: 'bob' });
    await expect.poll(() => output).toBe('a adder 1.2.3 adder:1 ann\ngone adder bob\n');
    expect(await host.jobRuntimeEnvVars()).toEqual({ A: '1', B: '2' });
    expect((await host.markdownDocs()).map(({ plugin, markdown }) => [plugin.name, markdown])).toEqual([
      ['a', '# A'],
      ['b', '# B'],
    ]);
    expect(problems).toEqual([]);
  });

  test('is missing without harm', async () => {
    const [host] = await hosted({ a: hooks('') });
    await host.postJobDeploy(deployment);
    expect([await host.jobRuntimeEnvVars(), await host.markdownDocs()]).toEqual([{}, []]);
    await expect(host.runAction('a', {})).rejects.toThrow('there is no plugin a with actions');
  });
});

describe('job types', () => {
  const rust = `
    const rust = defineJobType({
      name: 'rust', version: '1.0.0', description: 'Rust.',
      extra: z.object({ edition: z.string().default('2024') }),
      images: ({ extra, manifest }) => [{ dockerfile: { text: 'FROM rust:1\\nENV E=' + extra.edition + manifest.name }, files: {} }],
      validate: ({ manifest }) => manifest.replicas > 1 ? [{ path: ['replicas'], message: 'must be 1 for Rust' }] : [],
    });`;
  const head = 'name: adder\njobtype: rust:1.0.0\nowner_email: a@b.c\ngit:\n  remote: https://example.com/a.git\n';
  const source = `${rust}${hooks(`
    jobTypes: () => [rust],
    validateJobManifest: ({ manifest, jobType }) => {
      if (manifest.name === 'bad') throw new Error(jobType + ' does not like ' + manifest.name);
    },
  `)}`;

  test('check jobs and plan their images', async () => {
    const [host] = await hosted({ a: source, b: hooks(`validateJobManifest: () => { throw new Error('not mine') }`) });
    expect(host.jobTypes).toMatchObject([{ name: 'rust', version: '1.0.0' }]);
    const plan = (text: string) => host.planJob({ jobType: 'rust:1.0.0', manifest: text, gitVersion: 'v1' });
    expect(await plan(head)).toEqual({
      findings: [],
      images: [{ dockerfile: { text: 'FROM rust:1\nENV E=2024adder' }, files: {} }],
    });
    const { findings, images } = await plan(`${head}replicas: 2\njobtype_extra:\n  editon: 1\n`);
    expect(images).toEqual([]);
    expect(findings).toMatchObject([
      { line: 8, column: 3, path: 'jobtype_extra.editon', suggestion: 'did you mean "edition"?' },
      { line: 6, column: 11, path: 'replicas', message: 'must be 1 for Rust' },
    ]);
    await host.validateJobManifest('rust:1.0.0', manifest);
    await expect(host.validateJobManifest('rust:1.0.0', { ...manifest, name: 'bad' })).rejects.toThrow(
      'invalid manifest according to job type rules: the plugin a 1.0.0 failed in validateJobManifest: rust:1.0.0 does not like bad',
    );
    await expect(host.planJob({ jobType: 'java:1.0.0', manifest: head, gitVersion: '' })).rejects.toThrow(
      'no plugin brings',
    );
  });
});

describe('a plugin that', () => {
  const good = hooks(`markdownDocs: () => 'fine', runAction: () => 'fine', jobRuntimeEnvVars: () => ({ A: '1' })`);
  test.each([
    ['throws', `() => { throw new Error('odd'); }`, 'the plugin a 1.0.0 failed in markdownDocs: odd'],
    ['throws something else', `() => { throw 3; }`, 'the plugin a 1.0.0 failed in markdownDocs: 3'],
    ['rejects', `async () => { throw new Error('odd'); }`, 'the plugin a 1.0.0 failed in markdownDocs: odd'],
    ['loops without end', '() => { for (;;); }', 'the plugin a 1.0.0 did not finish markdownDocs within 3 s'],
    ['never answers', '() => new Promise(() => {})', 'the plugin a 1.0.0 did not finish markdownDocs within 3 s'],
    ['exits', '() => process.exit(3)', 'the plugin a 1.0.0 has ended its own thread'],
    [
      'throws after a while',
      `() => { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => {}); }`,
      'the plugin a 1.0.0 has failed: late',
    ],
    [
      'rejects elsewhere',
      `() => { Promise.reject(new Error('aside')); return new Promise(() => {}); }`,
      'the plugin a 1.0.0 has failed: aside',
    ],
    [
      'takes all memory',
      '() => { const all = []; for (;;) all.push(new Array(1e5).fill(0.5)); }',
      'the plugin a 1.0.0 ',
    ],
    ['answers what cannot be sent', '() => () => 1', 'the plugin a 1.0.0 failed in markdownDocs: '],
    ['answers no text', '() => 3', 'the plugin a 1.0.0 failed in markdownDocs: it answered no text'],
  ])('%s is named, goes on, and disturbs nobody', async (_name, hook, message) => {
    const [host] = await hosted({ a: hooks(`markdownDocs: ${hook}, runAction: () => 'still here'`), b: good }, 3_000);
    expect(await host.markdownDocs()).toEqual([{ plugin: { name: 'b', version: '1.0.0' }, markdown: 'fine' }]);
    expect(problems.map((problem) => problem.message.slice(0, message.length))).toEqual([message]);
    expect(await host.runAction('a', {})).toBe('still here');
    expect(await host.runAction('b', {})).toBe('fine');
  });

  test('refuses a deployment fails it; refusing a deletion is only told', async () => {
    const [host] = await hosted({
      a: hooks(`postJobDeploy: () => { throw new Error('no') }, postJobDelete: () => { throw new Error('no') }`),
    });
    await expect(host.postJobDeploy(deployment)).rejects.toThrow('the plugin a 1.0.0 failed in postJobDeploy: no');
    await host.postJobDelete({ job, deletedBy: 'ann' });
    expect(problems.map(({ message }) => message)).toEqual(['the plugin a 1.0.0 failed in postJobDelete: no']);
  });

  test.each(['() => ({ A: 1 })', '() => "A=1"', '() => { throw new Error("odd") }'])(
    'gives no proper variables fails who asks for them: %s',
    async (hook) => {
      const [host] = await hosted({ a: hooks(`jobRuntimeEnvVars: ${hook}`), b: good });
      await expect(host.jobRuntimeEnvVars()).rejects.toThrow('the plugin a 1.0.0 failed in jobRuntimeEnvVars: ');
    },
  );

  test('fails by itself between calls is told', async () => {
    const later = `setTimeout(() => { throw new Error('later'); }, 50);`;
    const [host] = await hosted({ a: hooks(`runAction: () => { ${later} return 1; }`) });
    expect(await host.runAction('a', {})).toBe(1);
    await expect
      .poll(() => problems.map(({ message }) => message), { timeout: 20_000 })
      .toEqual(['the plugin a 1.0.0 has failed: later']);
    expect(await host.runAction('a', {})).toBe(1);
  });

  test('is no longer allowed, or was made for another Racetrack, is left out', async () => {
    const [, place] = await hosted({ a: good, b: good });
    writeFiles(place.store, { 'allowed-plugins.yaml': 'names: [b]\n' });
    const host = await open(place);
    expect((await host.markdownDocs()).map(({ plugin }) => plugin.name)).toEqual(['b']);
    expect(problems.map(({ message }) => message)).toEqual(['the plugin a 1.0.0 is not allowed here']);
  });
});
