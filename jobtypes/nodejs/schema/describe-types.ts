/** Owns asking what a job's types say: from the cache when nothing has changed, else from a process that ends afterwards. */
import { join } from 'node:path';
import { messageOf } from '../../../wrapper/core/errors.ts';
import { packageRoot } from '../../../wrapper/core/package-root.ts';
import { type TypeDescription, type TypeRequest, withoutTypes } from './description.ts';
import { descriptionFile, findDescription, stampOf } from './description-cache.ts';

export interface TypeQuestion extends TypeRequest {
  /** The project's cache folder; answers are kept in its folder `nodejs`. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the types of a job's functions say. Takes a millisecond or two when neither the job nor what it imports has changed, else about
 * half a second. Never rejects: when the types cannot be read, that is a warning.
 */
export async function describeTypes({ cacheFolder, signal, ...request }: TypeQuestion): Promise<TypeDescription> {
  const command = join(packageRoot(), 'dist', 'nodejs-types.js');
  const file = descriptionFile(cacheFolder, request);
  try {
    const describer = stampOf(command);
    const known = findDescription(file, describer);
    if (known !== undefined) return known;
    const { runDescriber } = await import('./describer.ts');
    return await runDescriber(command, { ...request, file, describer, cacheFolder }, signal);
  } catch (error) {
    return withoutTypes(messageOf(error));
  }
}
