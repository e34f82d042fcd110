/** Owns which Go package an entrypoint means: its folder, its module, and where what is made of it is kept. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../wrapper/core/cache-folder.ts';
import { type Environment, fileStatus } from '../../wrapper/core/executable.ts';

export interface JobPackage {
  /** The folder of its source. */
  readonly folder: string;
  /** The one file that counts, when it belongs to no module; other files beside it may be other programs. */
  readonly file: string | undefined;
  /** The folder of its go.mod, if there is one. */
  readonly moduleFolder: string | undefined;
  /** Where compiled programs are kept. */
  readonly cache: string;
}

export function findPackage(entrypoint: string, env: Environment): JobPackage {
  const isFolder = fileStatus(entrypoint)?.isDirectory() ?? false;
  const folder = isFolder ? entrypoint : dirname(entrypoint);
  const moduleFolder = ancestors(folder).find((each) => fileStatus(join(each, 'go.mod'))?.isFile() ?? false);
  const file = isFolder || moduleFolder !== undefined ? undefined : entrypoint;
  const key = createHash('sha256').update(JSON.stringify([folder, file, settings(env)]));
  return {
    folder,
    file,
    moduleFolder,
    cache: join(cacheFolder(env), 'golang', 'jobs', key.digest('hex').slice(0, 32)),
  };
}

/** The folder and all around it, the innermost first. */
export function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

/** Variables that change what the compiler makes. */
const settings = (env: Environment): [string, string | undefined][] =>
  Object.entries(env)
    .filter(([name]) => /^(GO[A-Z0-9_]+|CGO_[A-Z]+|CC|CXX|AR|PKG_CONFIG(_PATH)?)$/.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
