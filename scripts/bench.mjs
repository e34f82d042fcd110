/** Owns `npm run bench`: prepares, builds, and hands over to test/bench/main.mjs with the same arguments. */
import { build } from './build.mjs';
import { inProject, main, run } from './lib/project.mjs';
import { prepare } from './prepare.mjs';

await main(async () => {
  await prepare();
  await build();
  process.exitCode = await run(process.execPath, [inProject('test/bench/main.mjs'), ...process.argv.slice(2)]);
});
