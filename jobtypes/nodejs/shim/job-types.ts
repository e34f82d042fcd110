/** Owns what the types of the job's functions say about its endpoints, where no schema of the job says it. */
import process from 'node:process';
import { cacheFolder } from '../../../wrapper/core/cache-folder.ts';
import { type FunctionTypes, type TypeDescription, unknownTypes } from '../schema/description.ts';
import type { DeclaredEndpoint } from './declared.ts';
import type { Job } from './job.ts';
import { log } from './log.ts';

/** The types are read only if some endpoint wants them. What keeps them from being read is told in the log. */
export async function readTypes(
  { entrypoint, exportName }: Job,
  endpoints: readonly DeclaredEndpoint[],
): Promise<TypeDescription> {
  if (endpoints.every(({ input, output }) => input !== undefined && output !== undefined)) return unknownTypes();
  const { describeTypes } = await import('../schema/describe-types.ts');
  const types = await describeTypes({ entrypoint, exportName, cacheFolder: cacheFolder(process.env) });
  for (const warning of types.warnings) log('WARNING', warning);
  return types;
}

/** The types of one endpoint: found by its path, or, where that is made up at run time, by the name of its function. */
export function typesOf(types: TypeDescription, { kind, path, handler }: DeclaredEndpoint): FunctionTypes | undefined {
  if (kind === 'perform') return own(types.members, 'perform');
  return own(types.endpoints, path) ?? own(types.members, handler.name.replace(/^bound /, ''));
}

const own = <T>(record: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
