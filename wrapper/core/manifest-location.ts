/** Owns the search for a job's manifest and the choice of the job's folder. Loads no parser, so that a start can begin with it. */
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileStatus } from './executable.ts';

export type ManifestLocation =
  | { readonly kind: 'file'; readonly path: string; readonly folder: string }
  | { readonly kind: 'text'; readonly text: string; readonly name: string; readonly folder: string }
  | { readonly kind: 'none'; readonly folder: string };

export interface ManifestSearch {
  /** Named by the user: not looked for, and its absence shows when it is read. */
  readonly manifestPath?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly entrypoint?: string | undefined;
}

const VARIABLE = 'JOB_MANIFEST_YAML';
/** The second one is the name of earlier versions. */
const FILE_NAMES = ['job.yaml', 'fatman.yaml'];

export function locateManifest({ manifestPath, env, cwd, entrypoint }: ManifestSearch): ManifestLocation {
  if (manifestPath !== undefined) return { kind: 'file', path: resolve(cwd, manifestPath), folder: cwd };
  const text = env[VARIABLE];
  if (text !== undefined && text.trim() !== '') {
    // Deployment tools pass the text on one line, with line ends spelt out.
    return { kind: 'text', text: text.replaceAll('\\n', '\n'), name: VARIABLE, folder: cwd };
  }
  for (const folder of foldersToSearch(cwd, entrypoint)) {
    const name = FILE_NAMES.find((candidate) => isFile(join(folder, candidate)));
    if (name !== undefined) return { kind: 'file', path: join(folder, name), folder };
  }
  return { kind: 'none', folder: cwd };
}

/** The working folder, then the entrypoint's own and those around it, up to the working folder. */
function foldersToSearch(cwd: string, entrypoint: string | undefined): string[] {
  const folders = [cwd];
  if (entrypoint === undefined) return folders;
  const path = resolve(cwd, entrypoint);
  let folder = fileStatus(path)?.isDirectory() ? path : dirname(path);
  do {
    if (folder !== cwd) folders.push(folder);
    folder = dirname(folder);
  } while (isBelow(folder, cwd));
  return folders;
}

function isBelow(folder: string, cwd: string): boolean {
  const path = relative(cwd, folder);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`);
}

function isFile(path: string): boolean {
  return fileStatus(path)?.isFile() ?? false;
}
