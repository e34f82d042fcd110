/**
 * Owns `npm run test:node-versions`: the build, the smoke tests and one sample, on each Node of test/node-versions.
 *
 * Those Nodes come from npm packages that hold the Linux x64 binary; they are installed once into .cache/.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inProject, main, must, StepError } from './lib/project.mjs';
import { installPackages } from './prepare.mjs';

const SOURCE = inProject('test/node-versions');
const CACHE = inProject('.cache/node-versions');

await main(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `skipped: the npm packages of Node are for Linux x64, and this is ${process.platform} ${process.arch}.`,
    );
    return;
  }
  await installPackages();
  await installNodes();
  const failed = [];
  for (const name of nodeNames()) {
    if (!(await passes(name))) failed.push(name);
  }
  if (failed.length > 0) throw new StepError(`failed on ${failed.join(', ')}`);
});

function nodeNames() {
  return Object.keys(JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8')).dependencies);
}

async function installNodes() {
  if (isCacheCurrent()) return;
  console.log('installing other Node versions (about 200 MB each, once) …');
  mkdirSync(CACHE, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(SOURCE, file), join(CACHE, file));
  copyFileSync(inProject('.npmrc'), join(CACHE, '.npmrc'));
  await must('npm', ['ci'], { cwd: CACHE });
}

function isCacheCurrent() {
  if (!nodeNames().every((name) => existsSync(binary(name)))) return false;
  const read = (folder) => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  return existsSync(join(CACHE, 'node_modules/.package-lock.json')) && read(CACHE) === read(SOURCE);
}

function binary(name) {
  return join(CACHE, 'node_modules', name, 'bin/node');
}

async function passes(name) {
  const node = binary(name);
  const env = { ...process.env, PATH: [join(node, '..'), process.env.PATH].join(delimiter) };
  const vitest = inProject('node_modules/vitest/vitest.mjs');
  const steps = [
    ['version', ['--version']],
    ['build', [inProject('scripts/build.mjs')]],
    ['smoke tests', [vitest, 'run', 'test/smoke']],
    ['one sample', [inProject('scripts/start.mjs'), '--once']],
  ];
  for (const [title, args] of steps) {
    console.log(`\n── ${name}: ${title}`);
    try {
      await must(node, args, { env });
    } catch (error) {
      console.error(`${name}: ${title} failed: ${error.message}`);
      return false;
    }
  }
  return true;
}
