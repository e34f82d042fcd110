/**
 * Owns `npm test`: prepares, builds, and runs the Python tests of the shim and vitest, which takes further arguments.
 *
 * The totals are printed and left in .cache/test-totals.txt for .ci/run.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { startDockerRig } from './lib/docker-rig.mjs';
import { inProject, main, projectRoot, run } from './lib/project.mjs';
import { pythonTotals, vitestTotals } from './lib/totals.mjs';
import { prepare } from './prepare.mjs';

const TOTALS = inProject('.cache/test-totals.txt');
const VITEST_REPORT = inProject('.cache/vitest.json');

await main(async () => {
  mkdirSync(inProject('.cache'), { recursive: true });
  for (const file of [TOTALS, VITEST_REPORT]) rmSync(file, { force: true });
  await prepare();
  title('build');
  await build();
  title('Python tests of the shim');
  const python = await runPythonTests();
  title('vitest');
  const rig = await startDockerRig();
  const vitest = await runVitest(process.argv.slice(2), rig.env).finally(rig.stop);
  conclude({ passed: python.passed + vitest.passed, failed: python.failed + vitest.failed });
});

function title(text) {
  console.log(`\n── ${text}`);
}

function conclude({ passed, failed }) {
  const line = `${passed} passed, ${failed} failed`;
  writeFileSync(TOTALS, `${line}\n`);
  console.log(`\nPython and vitest together: ${line}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function runPythonTests() {
  const child = spawn('python3', ['-m', 'unittest', 'discover', '-s', 'test/python', '-t', 'test/python'], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    process.stderr.write(text);
    output += text;
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return pythonTotals(output, code);
}

async function runVitest(args, env) {
  const command = [
    inProject('node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${VITEST_REPORT}`,
    ...args,
  ];
  const code = await run(process.execPath, command, { env: { ...process.env, ...env } });
  const report = existsSync(VITEST_REPORT) ? JSON.parse(readFileSync(VITEST_REPORT, 'utf8')) : undefined;
  return vitestTotals(report, code);
}
