/** Owns turning a job's TypeScript into one module that behaves as if it stood where the job's file stands. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildFailure, type BuildOptions, type BuildResult, build, stop } from 'esbuild';
import { messageOf } from '../../../wrapper/core/errors.ts';
import { packageRoot } from '../../../wrapper/core/package-root.ts';
import { recordLine } from './bundle-cache.ts';
import { BundleError } from './bundle-error.ts';
import { bundleStart, isPackageFile, jobModules, PLACE } from './bundle-modules.ts';

/** Configurations beside a file or above it that change what becomes of it. */
const CONFIGURATION = /^(tsconfig.*|package)\.json$/;

/** Makes the bundle and returns its path: `target`, or a temporary one where nothing may be written there. */
export async function bundle(entrypoint: string, target: string): Promise<string> {
  const packages = new Set<string>();
  const result = await run(entrypoint, packages);
  const [code, map] = ['.mjs', '.map'].map((ending) => result.outputFiles.find(({ path }) => path.endsWith(ending)));
  const folder = dirname(entrypoint);
  const inputs = Object.keys(result.metafile.inputs).map((path) => resolve(folder, path));
  const files = new Set([...inputs, ...packages, fileURLToPath(import.meta.url), ...configurations(inputs, packages)]);
  const text = `${code?.text}${sourceMapLine(map?.text ?? '{}', folder)}${recordLine([...files])}`;
  try {
    return write(target, text);
  } catch {
    // A folder of its own: in a shared one, a file of a known name could be somebody else's link.
    return write(join(mkdtempSync(join(tmpdir(), 'racetrack-')), 'bundle.mjs'), text);
  }
}

async function run(entrypoint: string, packages: Set<string>): Promise<BuildResult<typeof OPTIONS>> {
  const folder = dirname(entrypoint);
  try {
    return await build({
      ...OPTIONS,
      entryPoints: [entrypoint],
      absWorkingDir: folder,
      outfile: join(folder, 'bundle.mjs'),
      banner: { js: bundleStart(entrypoint) },
      plugins: [jobModules({ sdk: join(packageRoot(), 'dist/sdk.js'), onPackage: (path) => packages.add(path) })],
    });
  } catch (error) {
    throw new BundleError((error as BuildFailure).errors ?? [], folder, messageOf(error));
  } finally {
    void stop();
  }
}

const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${process.versions.node}`,
  keepNames: true,
  sourcemap: 'external',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'silent',
  define: { 'import.meta': PLACE, __dirname: `${PLACE}.dirname`, __filename: `${PLACE}.filename` },
} as const satisfies BuildOptions;

/** Sources become absolute: the bundle is kept elsewhere. */
function sourceMapLine(text: string, folder: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  map.sources = map.sources.map((source) => pathToFileURL(resolve(folder, source)).href);
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
  return `//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

/** The configurations that count for these files; those of packages tell that another version has been installed. */
function configurations(inputs: readonly string[], packages: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  for (const folder of foldersAbove([...inputs.filter((path) => !isPackageFile(path)), ...packages])) {
    for (const name of namesIn(folder)) if (CONFIGURATION.test(name)) found.add(join(folder, name));
    found.add(join(folder, 'tsconfig.json'));
  }
  return [...found];
}

function foldersAbove(paths: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  return folders;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Appears whole or not at all: other processes may be reading it. */
function write(path: string, text: string): string {
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(draft, text);
  renameSync(draft, path);
  return path;
}
