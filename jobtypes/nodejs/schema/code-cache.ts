/** Owns the compiled form of the TypeScript compiler: with it the compiler is there in a fifth of the time. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { keepFile } from './kept-file.ts';

interface LoadedCompiler {
  /** Keeps the code as it is now, with what has been used of it, for the next process. */
  keep(): void;
}

/**
 * Loads the package `typescript` for all who require it, from its compiled form in this folder if that is there. Node refuses the form
 * that another Node has left.
 */
export function loadCompiler(folder: string): LoadedCompiler {
  const require = createRequire(import.meta.url);
  const path = require.resolve('typescript');
  const { version } = require('typescript/package.json') as { version: string };
  const file = join(folder, `typescript-${version}.bin`);
  const cachedData = readKept(file);
  const script = new Script(wrapped(path), { filename: path, ...(cachedData && { cachedData }) });
  const module = { id: path, filename: path, path: dirname(path), exports: {}, children: [], loaded: true, paths: [] };
  const evaluate = script.runInThisContext() as (...names: readonly unknown[]) => void;
  evaluate(module.exports, createRequire(path), module, path, dirname(path));
  require.cache[path] = module as unknown as NodeJS.Module;
  return {
    keep() {
      if (cachedData === undefined || script.cachedDataRejected) keepFile(file, script.createCachedData());
    },
  };
}

/** As Node wraps a CommonJS module. */
const wrapped = (path: string): string =>
  `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'utf8')}\n});`;

function readKept(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
