/** Owns what `go list` says about a job: its packages, and the files that it is made of. */
import { dirname, join, sep } from 'node:path';
import type { Watched } from './fingerprint.ts';
import { ancestors, type JobPackage } from './job-package.ts';
import type { Toolchain } from './toolchain.ts';

/** The members of a package that `go list -json` is asked for. */
export const LISTED_MEMBERS = [
  ...[
    'Dir',
    'ImportPath',
    'Name',
    'Standard',
    'Error',
    'GoFiles',
    'CgoFiles',
    'EmbedFiles',
    'EmbedPatterns',
    'CFiles',
    'CXXFiles',
  ],
  ...['MFiles', 'HFiles', 'FFiles', 'SFiles', 'SwigFiles', 'SwigCXXFiles', 'SysoFiles'],
];
const FILE_LISTS = LISTED_MEMBERS.filter((name) => name.endsWith('Files'));

export type ListedPackage = Readonly<Record<string, unknown>> & {
  readonly Dir?: string;
  readonly ImportPath: string;
  readonly Name?: string;
  readonly Standard?: boolean;
  readonly Error?: { readonly Err: string };
};

/** The objects stand one behind the other, without commas; each closes with a brace at the beginning of a line. */
export function parseList(output: string): ListedPackage[] {
  return output
    .split(/^\}$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(`${text}}`) as ListedPackage);
}

/** The packages whose files people change: not the standard library's, and not those of downloaded modules. The job comes first. */
export function ownPackages(packages: readonly ListedPackage[], { moduleCache }: Toolchain): ListedPackage[] {
  return packages.filter(({ Dir, Standard }) => Dir !== undefined && !Standard && !isBelow(Dir, moduleCache)).reverse(); // `go list -deps` names a package after those that it needs
}

/** Everything whose change asks for another compilation. */
export function watchedFiles(
  job: JobPackage,
  { packages, toolchain, ours }: { packages: readonly ListedPackage[]; toolchain: Toolchain; ours: readonly string[] },
): Watched {
  const files = packages.flatMap((each) => FILE_LISTS.flatMap((list) => filesOf(each, list)));
  const embedding = packages.flatMap((each) => filesOf(each, 'EmbedFiles').flatMap((file) => foldersUpTo(file, each)));
  const sources = job.file === undefined ? packages.flatMap(({ Dir }) => (Dir === undefined ? [] : [Dir])) : [];
  return {
    files: unique([...files, ...moduleFiles(job, toolchain), ...ours]),
    folders: [
      ...unique(sources).map((path) => ({ path, names: 'source' as const })),
      ...unique(embedding).map((path) => ({ path, names: 'all' as const })),
    ],
  };
}

function filesOf(each: ListedPackage, list: string): string[] {
  const names = (each[list] as readonly string[] | undefined) ?? [];
  return names.map((name) => join(each.Dir ?? '', name));
}

/** A new file in one of these folders may be embedded, too; in the package's own only if a pattern asks for any name. */
function foldersUpTo(file: string, { Dir = '', EmbedPatterns }: ListedPackage): string[] {
  const isOpen = (EmbedPatterns as readonly string[]).some((pattern) => /[*?[]/.test(pattern));
  return ancestors(dirname(file)).filter((folder) => (isOpen && folder === Dir) || isBelow(folder, Dir));
}

/** Also those that are not there: they count as soon as they are. */
function moduleFiles({ folder, moduleFolder }: JobPackage, { settingsFile, workspace }: Toolchain): string[] {
  const around = ancestors(folder);
  const module = moduleFolder ?? folder;
  const places = around.filter((each) => moduleFolder === undefined || each.length >= moduleFolder.length);
  return [
    ...places.map((each) => join(each, 'go.mod')),
    ...around.map((each) => join(each, 'go.work')),
    join(module, 'go.sum'),
    join(module, 'vendor/modules.txt'),
    ...(workspace === '' ? [] : [workspace, `${workspace}.sum`, join(dirname(workspace), 'vendor/modules.txt')]),
    ...(settingsFile === '' || settingsFile === 'off' ? [] : [settingsFile]),
  ];
}

const isBelow = (path: string, folder: string): boolean => folder !== '' && path.startsWith(folder + sep);

const unique = (paths: readonly string[]): string[] => [...new Set(paths)];
