/** Owns the start of the command `racetrack-wrapper`: the job's interpreter first, then everything else. */
import { startAhead } from './head-start.ts';

const args = process.argv.slice(2);
const ahead = await startAhead(args, process.env, process.cwd());
const { main } = await import('./program.ts');
await main(args, ahead);
