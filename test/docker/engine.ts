/** Owns whether tests may use Docker: the one place that looks for an engine, and says why there is none. */
import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';

/** Undefined when an engine answers. */
export const missingEngine: string | undefined = lookForEngine();

/** A group of tests that need an engine; without one they are skipped, and their name says why. */
export function describeWithDocker(title: string, declare: () => void): void {
  if (missingEngine === undefined) describe(title, declare);
  else describe.skip(`${title} (skipped: ${missingEngine})`, declare);
}

/** What the command `docker` prints. */
export const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

function lookForEngine(): string | undefined {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 20_000 });
    return undefined;
  } catch {
    return process.env.RACETRACK_NO_DOCKER ?? 'no Docker engine answers; npm test starts one as root on Debian';
  }
}
