/** Owns the Docker daemon of a test run: started when the machine has none of its own and can run one, and ended with the run. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inProject } from './project.mjs';

/** Printed once the daemon is there: what the tests need in their environment. */
const TELL = 'printf "%s\\n%s\\n%s\\n" "$DOCKER_HOST" "$DOCKER_CONFIG" "$PATH"; cat >/dev/null';

/** Resolves with the environment for the tests, and how to end what was started for them. */
export async function startDockerRig() {
  const nothing = async () => {};
  if (engineAnswers()) return { env: {}, stop: nothing };
  const reason = whyNot();
  if (reason) return { env: { RACETRACK_NO_DOCKER: reason }, stop: nothing };
  const rig = spawn('bash', [inProject('test/docker/rig.sh'), 'bash', '-c', TELL], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => rig.once('close', resolve));
  const lines = [];
  for await (const line of createInterface({ input: rig.stdout })) {
    lines.push(line);
    if (lines.length === 3) break;
  }
  const stop = async () => {
    rig.stdin.end();
    await ended;
  };
  if (lines.length < 3) {
    await stop();
    return { env: { RACETRACK_NO_DOCKER: 'the Docker daemon of the tests did not start' }, stop: nothing };
  }
  const [DOCKER_HOST, DOCKER_CONFIG, PATH] = lines;
  return { env: { DOCKER_HOST, DOCKER_CONFIG, PATH }, stop };
}

const engineAnswers = () => spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

function whyNot() {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version'))
    return 'no Docker engine, and this is not Debian';
  if (process.getuid() !== 0) return 'no Docker engine, and only root can start one';
  return undefined;
}
