/** Owns the compiler's program of a job: the options of its tsconfig.json, and no more libraries than it needs. */
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import type { CompilerHost, CompilerOptions, Program, SourceFile } from 'typescript';
import { packageRoot } from '../../../wrapper/core/package-root.ts';
import type { InputFile } from '../input-files.ts';
import { ts } from './compiler.ts';
import { GLOBALS, GLOBALS_FILE } from './globals.ts';
import { SeenFiles } from './seen-files.ts';

export interface JobProgram {
  readonly program: Program;
  /** Everything that the program depends on, the compiler's own files included. */
  readonly inputs: readonly InputFile[];
}

/** Reads a job's file and what it imports. Nothing is checked, written or run. */
export function openProgram(entrypoint: string): JobProgram {
  const seen = new SeenFiles();
  const options = completed(readOptions(entrypoint, seen));
  const host = seeingHost(options, seen, dirname(entrypoint));
  const program = createProgram(entrypoint, options, host);
  if (options.types !== undefined || !program.getSourceFiles().some(importsNode))
    return { program, inputs: seen.files };
  // Node's own types are twice as much to read as everything else, so that only those who import something of Node have them.
  const withNode = createProgram(entrypoint, { ...options, types: ['node'] }, host, program);
  return { program: withNode, inputs: seen.files };
}

function createProgram(
  entrypoint: string,
  options: CompilerOptions,
  host: CompilerHost,
  oldProgram?: Program,
): Program {
  const { types = [], lib = [] } = options;
  const knowsGlobals = types.includes('node') || lib.some((name) => /^lib\.dom\./.test(name));
  const rootNames = knowsGlobals ? [entrypoint] : [entrypoint, GLOBALS_FILE];
  return ts.createProgram({ rootNames, options: { ...options, types }, host, ...(oldProgram && { oldProgram }) });
}

function importsNode(file: SourceFile): boolean {
  if (file.isDeclarationFile) return false;
  return ts.preProcessFile(file.text).importedFiles.some(({ fileName }) => isBuiltin(fileName));
}

/** What the nearest tsconfig.json says, which is the one that the bundler follows too. */
function readOptions(entrypoint: string, seen: SeenFiles): CompilerOptions {
  const file = ts.findConfigFile(dirname(entrypoint), (path) => exists(path, seen));
  if (file === undefined) return {};
  const { config = {} } = ts.readConfigFile(file, (path) => seen.read(path));
  const host = {
    useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    fileExists: (path: string) => exists(path, seen),
    readFile: (path: string) => seen.read(path),
    // Which other files belong to the project does not matter.
    readDirectory: () => [],
  };
  return ts.parseJsonConfigFileContent(config, host, dirname(file), undefined, file).options;
}

function completed(given: CompilerOptions): CompilerOptions {
  return {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    lib: ['lib.es2023.d.ts'],
    jsx: ts.JsxEmit.Preserve,
    ...given,
    allowJs: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    // As in the bundle, the name means this package, whether or not it is installed beside the job.
    paths: { ...given.paths, racetrack: [join(packageRoot(), 'dist/types/jobtypes/nodejs/sdk/index.d.ts')] },
    noEmit: true,
    skipLibCheck: true,
    noLib: false,
    composite: false,
    incremental: false,
  };
}

/** A host that notes what it is asked for. Comments in the files of the language and of Node say nothing here, and cost time. */
function seeingHost(options: CompilerOptions, seen: SeenFiles, folder: string): CompilerHost {
  const host = ts.createCompilerHost(options);
  const libraries = host.getDefaultLibLocation?.() ?? '';
  seen.read(join(libraries, '../package.json'));
  const readFile = (path: string) => (path === GLOBALS_FILE ? GLOBALS : seen.read(path));
  return {
    ...host,
    readFile,
    fileExists: (path) => path === GLOBALS_FILE || exists(path, seen),
    directoryExists: (path) => ts.sys.directoryExists(path) || seen.missed(path),
    getCurrentDirectory: () => folder,
    getSourceFile: (path, languageVersion) => {
      const text = readFile(path);
      const isPlatform = path.startsWith(libraries) || path.includes('/node_modules/@types/node/');
      const mode = isPlatform ? ts.JSDocParsingMode.ParseNone : ts.JSDocParsingMode.ParseAll;
      const parsing = typeof languageVersion === 'object' ? languageVersion : { languageVersion };
      return text === undefined ? undefined : ts.createSourceFile(path, text, { ...parsing, jsDocParsingMode: mode });
    },
  };
}

function exists(path: string, seen: SeenFiles): boolean {
  return ts.sys.fileExists(path) || seen.missed(path);
}
