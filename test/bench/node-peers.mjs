/** Owns the peers in Node: packages in the versions of peers/package-lock.json, installed once below .cache/bench. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.mjs';

const FILES = ['package.json', 'package-lock.json'];
const SOURCE = fileURLToPath(new URL('./peers', import.meta.url));

/** The folder whose `node_modules` holds them; installs when the versions have changed. */
export function prepareNodePeers(cache) {
  const folder = join(cache, 'node');
  const stamp = join(folder, 'made-from.txt');
  const content = FILES.map((name) => readFileSync(join(SOURCE, name), 'utf8')).join('');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === content) return folder;
  console.log(`installing functions-framework and express into ${folder} (once) …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of FILES) copyFileSync(join(SOURCE, name), join(folder, name));
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new BenchError(`the peers in Node cannot be installed:\n${stderr}`);
  writeFileSync(stamp, content);
  return folder;
}
