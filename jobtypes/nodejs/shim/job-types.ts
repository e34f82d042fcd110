/** Owns what the types of the job's functions say about its endpoints, where no schema of the job says it. */
import process from 'node:process';
import { cacheFolder } from '../../../wrapper/core/cache-folder.ts';
import { describeTypes } from '../schema/describe-types.ts';
import { type FunctionTypes, type TypeDescription, unknownTypes } from '../schema/description.ts';
import type { DeclaredEndpoint } from './declared.ts';
import { log } from './log.ts';

/** Where the job's types stand. */
export interface TypedSource {
  readonly entrypoint: string;
  /** Which export is the job; empty when the file's own form decides. */
  readonly className: string;
}

/** The types are read only if some endpoint wants them. What keeps them from being read is told in the log. */
export async function readTypes(
  { entrypoint, className }: TypedSource,
  endpoints: readonly DeclaredEndpoint[],
): Promise<TypeDescription> {
  if (endpoints.every(({ input, output }) => input !== undefined && output !== undefined)) return unknownTypes();
  const types = await describeTypes({
    entrypoint,
    ...(className !== '' && { exportName: className }),
    cacheFolder: cacheFolder(process.env),
  });
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
