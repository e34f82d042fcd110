/** Owns the proof that package.json, the lockfiles, the README and the built files agree with each other. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const manifest = JSON.parse(text('package.json')) as Manifest;

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}

test.each(['package-lock.json', 'test/node-versions/package-lock.json', 'test/bench/peers/package-lock.json'])(
  '%s names no registry',
  (path) => {
    const { packages } = JSON.parse(text(path)) as {
      packages: Record<string, { resolved?: string; integrity?: string }>;
    };
    const installed = Object.entries(packages).filter(([name]) => name !== '');
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name)).toEqual([]);
    expect(installed.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
  },
);

test('every package is pinned to one version', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  expect(loose).toEqual([]);
});

test('the command and the exports point to files that the build makes', () => {
  const targets = [manifest.bin, ...Object.values(manifest.exports)].flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  expect(
    targets.filter((path) => !existsSync(join(PROJECT, path))),
    'missing: run npm run build',
  ).toEqual([]);
  for (const path of Object.values(manifest.bin)) accessSync(join(PROJECT, path), constants.X_OK);
});

test('the built command runs from another folder', () => {
  const command = join(PROJECT, manifest.bin['racetrack-wrapper'] ?? '');
  const { status, stdout } = spawnSync(command, ['--help'], { cwd: tmpdir(), encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('racetrack-wrapper');
});

test('the npm package holds the command, the shim and the files of Swagger UI, and no tests', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  const [pack] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = pack.files.map((file) => file.path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'dist/racetrack-wrapper.js',
      'dist/racetrack.js',
      'dist/plugin.js',
      'dist/testing.js',
      'dist/swagger-ui/swagger-ui-bundle.js',
      'jobtypes/python3/shim/start.py',
      'plugins/python/extract.py',
    ]),
  );
  expect(paths.filter((path) => /^(test|scripts|sample)\//.test(path))).toEqual([]);
});

test('every npm command in the README and in .ci/run exists', () => {
  const named = [...`${text('README.md')}\n${text('.ci/run')}`.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)];
  const commands = named.map(([, script, short]) => script ?? short ?? '');
  expect(commands).toEqual(expect.arrayContaining(['start', 'test']));
  expect(commands.filter((command) => !(command in manifest.scripts))).toEqual([]);
});

test('the first line of every source file says what the file owns', () => {
  const files = ['wrapper', 'jobtypes', 'plugins', 'cli', 'scripts'].flatMap((folder) => sourceFiles(folder));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((path) => !startsWithComment(text(path)))).toEqual([]);
});

function sourceFiles(folder: string) {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /\.(ts|mts|mjs|py)$/.test(path) && !path.includes('node_modules'));
}

function startsWithComment(source: string) {
  const [first = '', second = ''] = source.replace(/^#!.*\n/, '').split('\n');
  return /^(\/\*\*|""") ?\S/.test(first) || (first === '/**' && / \* \S/.test(second));
}
