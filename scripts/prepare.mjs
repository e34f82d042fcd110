/** Owns what has to be there before anything runs: a recent Node, a Python, perhaps Go, and the installed packages. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { inProject, must, StepError } from './lib/project.mjs';

const NODE_MINIMUM = [20, 19];
const PYTHON_MINIMUM = [3, 8];

/** Where the tests of Go jobs find it when it is not on PATH; jobtypes/golang/go-program.ts knows more such places. */
const USUAL_GO = '/usr/local/go/bin/go';

/** Checks Node, Python and Go, and installs the packages when they are missing or out of date. */
export async function prepare() {
  checkNode();
  checkPython();
  checkGo();
  await installPackages();
}

/** Installs exactly what package-lock.json says, unless that is what node_modules holds. */
export async function installPackages() {
  if (isInstalled()) return;
  console.log('installing packages (npm ci) …');
  await must('npm', ['ci']);
}

function checkNode() {
  if (isAtLeast(process.versions.node, NODE_MINIMUM)) return;
  throw new StepError(
    `Node ${process.versions.node} is too old: Racetrack needs ${NODE_MINIMUM.join('.')} or newer (https://nodejs.org).`,
  );
}

function checkPython() {
  const found = askPython('import sys; print(".".join(map(str, sys.version_info[:3])))');
  if (found === undefined) {
    throw new StepError(
      'python3 was not found. Install Python 3.8 or newer (Debian: apt install python3 python3-venv).',
    );
  }
  if (!isAtLeast(found, PYTHON_MINIMUM)) {
    throw new StepError(`python3 is version ${found}: Racetrack needs ${PYTHON_MINIMUM.join('.')} or newer.`);
  }
  if (askPython('import venv, ensurepip') === undefined && spawnSync('uv', ['--version']).status !== 0) {
    console.warn(
      'note: python3 has no venv module, so jobs with a requirements.txt cannot be installed.\n' +
        `      Debian and Ubuntu: apt install python${found.split('.').slice(0, 2).join('.')}-venv`,
    );
  }
}

/** Only Go jobs need it. */
function checkGo() {
  if (['go', USUAL_GO].some((go) => spawnSync(go, ['version']).status === 0)) return;
  console.warn(
    'note: go was not found, so Go jobs cannot run and their tests are skipped. Install Go 1.21 or newer (https://go.dev/dl).',
  );
}

/** What python3 prints for a line of code; undefined when it cannot run it. */
function askPython(code) {
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function isAtLeast(version, [major, minor]) {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

// npm writes node_modules/.package-lock.json last, so an interrupted installation is seen as missing. Optional packages
// are left out of the comparison: those for other systems are in the lockfile only.
function isInstalled() {
  const marker = inProject('node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const installed = readPackages(marker);
  return Object.entries(readPackages(inProject('package-lock.json')))
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional)
    .every(([path, entry]) => installed[path]?.version === entry.version);
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
