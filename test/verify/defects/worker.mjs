/** Owns the defective server's worker: it waits, or dies. */
import { setTimeout as sleep } from 'node:timers/promises';

const STAYS = process.env.DEFECT === 'leaves-a-process';

process.on('message', async ({ id, seconds, crash }) => {
  if (crash) process.exit(3);
  await sleep(seconds * 1000);
  process.send({ id });
});
process.on('disconnect', () => {
  if (!STAYS) process.exit(0);
});
if (STAYS) setInterval(() => {}, 1_000);
