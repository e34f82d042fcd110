/** Owns what the check of an input adds to a call: the CPU time of one check, an object of 20 fields. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const CHECKS = 200_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Bundled as the product is, since it is the product's own code. */
export async function measureValidation(run) {
  const bundle = join(run.cache, 'checks.mjs');
  await build({
    entryPoints: [here('../../../wrapper/validation/checks.ts')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  for (let round = 0; round < run.rounds; round += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [here('../check-cpu.mjs'), bundle, String(CHECKS)]);
    run.figure('validation', Number(stdout));
  }
}
