/** Owns which files the compiler sees in place of, or beside, the job's own: the job's folder itself is never written to. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../wrapper/core/package-root.ts';
import type { JobPackage } from './job-package.ts';

/** Paths as the compiler sees them, and where their content is; an empty text hides a file. */
export type Overlay = Readonly<Record<string, string>>;

export const SHIM = 'racetrack_shim';
export const MAIN = 'racetrack_main';
const SHIM_FOLDER = join(packageRoot(), 'jobtypes/golang/shim');
/** The module that a lone file becomes. */
const LONE_MODULE = 'job';

/** Absolute paths of the shim's own files. */
export const shimFiles = (): string[] =>
  readdirSync(SHIM_FOLDER)
    .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
    .map((name) => join(SHIM_FOLDER, name));

/** What a package without a module needs to be one; a lone file is alone in it. */
export function moduleOverlay({ folder, file, moduleFolder, cache }: JobPackage): Overlay {
  if (moduleFolder !== undefined) return {};
  const hidden =
    file === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.go') && name !== basename(file));
  return {
    [join(folder, 'go.mod')]: join(cache, 'go.mod'),
    ...Object.fromEntries(hidden.map((name) => [join(folder, name), ''])),
  };
}

/** The text of the go.mod of a package without one; the language is that of the compiler. */
export const moduleText = (goVersion: string): string =>
  `module ${LONE_MODULE}\n\ngo ${/^go(\d+\.\d+)/.exec(goVersion)?.[1] ?? '1.21'}\n`;

/** Shim and generated code, which become part of the job's module. */
export function programOverlay({ folder, cache }: JobPackage, { isMain, changed }: ProgramParts): Overlay {
  return {
    ...Object.fromEntries(shimFiles().map((path) => [join(folder, SHIM, basename(path)), path])),
    [join(folder, 'racetrack_glue.go')]: join(cache, 'glue.go'),
    ...(isMain ? {} : { [join(folder, MAIN, 'main.go')]: join(cache, 'main.go') }),
    ...changed,
  };
}

interface ProgramParts {
  /** Whether the job itself is a package main. */
  readonly isMain: boolean;
  /** Files of the job that are compiled in another form. */
  readonly changed: Overlay;
}

/** The main package of a job that is none. */
export const mainText = (importPath: string): string => `//go:build go1.21

package main

import (
	job ${JSON.stringify(importPath)}
	${JSON.stringify(`${importPath}/${SHIM}`).replace('"', 'racetrackShim "')}
)

func main() {
	racetrackShim.Main(job.RacetrackJob())
}
`;
