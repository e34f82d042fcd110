/** Owns what becomes of a job's imports in its bundle: its own files go in, installed packages stay where they are. */
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, extname, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** Stands for `import.meta` in the bundle. */
export const PLACE = '__racetrack_place';
/** Stands for `import.meta.resolve`; the bundle's first line defines it. */
const RESOLVE = '__racetrack_resolve';
const NAMES_ITS_PLACE = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/;
const LOADERS: { readonly [ending: string]: Loader } = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** What the bundle begins with: the `require` of the job's own file, and what a file's `import.meta.resolve` does. */
export function bundleStart(entrypoint: string): string {
  const url = JSON.stringify(pathToFileURL(entrypoint).href);
  return [
    "import { createRequire as __racetrack_require } from 'node:module';",
    "import { pathToFileURL as __racetrack_url } from 'node:url';",
    `const require = __racetrack_require(${url});`,
    `const ${RESOLVE} = (to, from) => /^(\\.{0,2}\\/|[a-z]+:)/.test(to) ? new URL(to, from).href`,
    ': __racetrack_url(__racetrack_require(from).resolve(to)).href;',
  ].join(' ');
}

export interface JobModules {
  /** The file that the import `racetrack` means, whether or not such a package is installed. */
  readonly sdk: string;
  /** Told each file that is imported from where it is. */
  readonly onPackage: (path: string) => void;
}

export function jobModules({ sdk, onPackage }: JobModules): Plugin {
  return {
    name: 'job-modules',
    setup(builder) {
      builder.onResolve({ filter: /^[^./]|\.node$/ }, async (args) => {
        if (args.pluginData === jobModules || args.kind === 'entry-point') return undefined;
        if (args.path === 'racetrack') return { path: sdk };
        if (isBuiltin(args.path)) return { path: args.path, external: true };
        return resolvePackage(builder, args, onPackage);
      });
      builder.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        if (path === sdk) return undefined;
        const text = await readFile(path, 'utf8');
        if (!NAMES_ITS_PLACE.test(text)) return undefined;
        return { contents: withPlace(text, path), loader: LOADERS[extname(path)] ?? 'js' };
      });
    },
  };
}

/** Whether a file belongs to an installed package. */
export const isPackageFile = (path: string): boolean => path.includes(`${sep}node_modules${sep}`);

/** A package's own code is imported by its full path; what Node cannot import, or what belongs to the job, is bundled. */
async function resolvePackage(
  builder: PluginBuild,
  { path, kind, importer, resolveDir, with: attributes }: OnResolveArgs,
  onPackage: (path: string) => void,
): Promise<OnResolveResult | undefined> {
  const found = await builder.resolve(path, { kind, importer, resolveDir, with: attributes, pluginData: jobModules });
  if (found.errors.length > 0) return { errors: found.errors.map(({ text, notes }) => ({ text, notes })) };
  const native = found.path.endsWith('.node');
  if (found.external || !(native || (isPackageFile(found.path) && /\.[cm]?js$/.test(found.path)))) return found;
  onPackage(found.path);
  const required = kind === 'require-call' || kind === 'require-resolve';
  return { path: required || native ? found.path : pathToFileURL(found.path).href, external: true };
}

/** Each file keeps its own address, on its first line, so that the numbers of all lines stay. */
function withPlace(text: string, path: string): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  const place = `{url:${url},filename:${JSON.stringify(path)},dirname:${JSON.stringify(dirname(path))},resolve:(to)=>${RESOLVE}(to,${url})}`;
  const hashbang = /^#!.*/.exec(text)?.[0] ?? '';
  return `const ${PLACE}=${place};${text.slice(hashbang.length)}`;
}
