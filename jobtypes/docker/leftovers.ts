/** Owns removing what earlier wrappers have left behind: containers of dead ones, and images that were built anew since. */
import type { Engine } from './engine.ts';
import { BUILT_FROM, isOrphaned, OWNER } from './labels.ts';

/** Containers whose wrapper was killed. What cannot be removed now is found at the next start. */
export async function removeOrphans(engine: Engine): Promise<void> {
  const found = await engine.listContainers({ all: true, filters: { label: [OWNER] } });
  const orphans = found.filter(({ Labels }) => isOrphaned(Labels[OWNER] ?? ''));
  await Promise.allSettled(orphans.map(({ Id }) => engine.getContainer(Id).remove({ force: true, v: true })));
}

/** Earlier images of the same Dockerfile that nothing uses and nobody has named. */
export async function removeOlderImages(engine: Engine, dockerfile: string, current: string): Promise<void> {
  const filters = { label: [`${BUILT_FROM}=${dockerfile}`], dangling: ['true'] };
  const older = (await engine.listImages({ filters })).filter(({ Id }) => Id !== current);
  await Promise.allSettled(older.map(({ Id }) => engine.getImage(Id).remove()));
}
