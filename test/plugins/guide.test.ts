/** Owns the proof that the first plugin of docs/plugins.md can be made, installed and used just as the page says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { PluginHost } from '../../plugins/host.ts';
import { readInstalled } from '../../plugins/installed.ts';
import { codeBlocks, PROJECT } from '../docs/markdown.ts';
import { workplace } from './plugins-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

test('the first plugin', async () => {
  const blocks = codeBlocks(readFileSync(join(PROJECT, 'docs/plugins.md'), 'utf8'));
  const first = (language: string) => blocks.find((block) => block.language === language)?.text ?? '';
  const place = workplace({ 'plugin-manifest.yaml': first('yaml'), 'plugin.mjs': first('js') });
  const commands =
    blocks
      .find(({ text }) => text.startsWith('racetrack plugin bundle\n'))
      ?.text.trim()
      .split('\n') ?? [];
  expect(commands).toHaveLength(3);
  let output = '';
  for (const command of commands) {
    const { code, stdout, stderr } = await place.run(command.split(' ').slice(2));
    expect([command, code, stderr]).toEqual([command, 0, '']);
    output = stdout;
  }
  expect(output).toMatch(/^rust:1\.0\.0 +plugin rust 1\.0\.0 +A function in Rust\.$/m);

  const onProblem = (error: Error) => {
    throw error;
  };
  const host = new PluginHost(await readInstalled(place.store, { env: {}, onProblem }), {
    onProblem,
    onOutput: () => {},
  });
  const manifest = 'name: a\njobtype: rust:latest\nowner_email: a@b.c\ngit: {remote: "https://example.com/a.git"}\n';
  const { images } = await host.planJob({ jobType: 'rust:1.0.0', manifest, gitVersion: '' });
  await host.stop();
  expect(images).toEqual([
    {
      dockerfile: {
        text: 'FROM rust:1.90\nCOPY [".","/src/job"]\nWORKDIR /src/job\nRUN ["cargo","build","--release"]\nCMD ["target/release/job"]\n',
      },
      files: {},
    },
  ]);
});
