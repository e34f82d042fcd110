/** Owns what people read of a failed compilation: the compiler's own words, and what to do about them. */
import { relative, resolve } from 'node:path';

export interface Place {
  /** The folder that the compiler ran in. */
  readonly folder: string;
  /** The folder that paths are to be seen from. */
  readonly base: string;
}

export interface CompileFailure {
  /** What the compiler printed, without the names of packages. */
  readonly lines: readonly string[];
  readonly message: string;
  readonly hint: string;
}

export function readFailure(output: string, place: Place): CompileFailure {
  const lines = output
    .split('\n')
    .map((line) => fromBase(line.trimEnd(), place))
    .filter((line) => line !== '' && !/^# \S+( \[\S+\])?$/.test(line));
  const shown = lines.map((line) => `  ${line}`).join('\n');
  return { lines, message: `the job cannot be compiled:\n${shown}`, hint: hintFor(shown) };
}

/** The compiler names files as seen from its folder. */
function fromBase(line: string, { folder, base }: Place): string {
  if (folder === base) return line;
  return line.replace(/^(\s*)(\.{1,2}\/[^:]+\.go)(?=:\d)/, (_, space: string, path: string) => {
    const seen = relative(base, resolve(folder, path));
    return space + (seen.startsWith('..') ? resolve(folder, path) : `./${seen}`);
  });
}

const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /dial tcp|i\/o timeout|no such host|connection refused|TLS handshake|proxyconnect|server misbehaving|410 Gone|403 Forbidden/,
    'check the network, or name a module proxy with GOPROXY; modules that are downloaded once are kept',
  ],
  [
    /missing go\.sum entry|updates to go\.mod needed|inconsistent vendoring/,
    'run go mod tidy in the folder of go.mod, or go mod vendor if it has a folder vendor',
  ],
  [
    /no required module provides package|cannot find module providing/,
    'run go get with the package in the folder of go.mod; a file without one begins with go mod init',
  ],
  [
    /go\.mod requires go >=|requires go1|toolchain not available/,
    'install a newer Go (https://go.dev/dl), or let go download it: GOTOOLCHAIN=auto',
  ],
  [/C compiler "[^"]+" not found|exec: "(gcc|clang|cc)"/, 'install a C compiler such as gcc, or set CGO_ENABLED=0'],
  [/is not one of the workspace modules|go\.work/, 'add the module with go work use, or set GOWORK=off'],
];

const hintFor = (output: string): string =>
  HINTS.find(([pattern]) => pattern.test(output))?.[1] ?? 'mend the code and try again';
