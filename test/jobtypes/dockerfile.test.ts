/** Owns the proof that a Dockerfile says what was meant, whatever the values are. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderDockerfile } from '../../jobtypes/dockerfile.ts';

it('writes every instruction', () => {
  const text = renderDockerfile([
    { from: 'node:24', as: 'node' },
    { copy: ['/usr/local/bin/node'], to: '/usr/bin/node', from: 'node' },
    { env: { A: 'x "y" $z \\', B: '' } },
    { workdir: '/src' },
    { run: ['echo', 'a; rm -rf $HOME'] },
    { label: { 'racetrack-component': 'job' } },
    { expose: 7000 },
    { cmd: ['node', 'a b.js'] },
  ]);
  expect(text).toBe(
    `${[
      'FROM node:24 AS node',
      'COPY --from=node ["/usr/local/bin/node","/usr/bin/node"]',
      'ENV A="x \\"y\\" \\$z \\\\" B=""',
      'WORKDIR /src',
      'RUN ["echo","a; rm -rf $HOME"]',
      'LABEL racetrack-component="job"',
      'EXPOSE 7000',
      'CMD ["node","a b.js"]',
    ].join('\n')}\n`,
  );
});

it('writes one line for each instruction or refuses the value: none can bring an instruction of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      for (const build of [
        () => renderDockerfile([{ run: ['echo', value] }]),
        () => renderDockerfile([{ copy: [value], to: value }]),
        () => renderDockerfile([{ env: { A: value } }]),
        () => renderDockerfile([{ env: { [value]: 'a' } }]),
        () => renderDockerfile([{ from: value }]),
        () => renderDockerfile([{ workdir: value }]),
      ]) {
        let text: string;
        try {
          text = build();
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          continue;
        }
        expect(text.split('\n').length).toBe(2);
      }
    }),
  );
});
