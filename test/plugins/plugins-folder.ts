/** Owns plugins made for a test, and the built command with a plugins folder of its own. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { installPlugin } from '../../plugins/install.ts';
import { writeZip } from '../../plugins/zip-write.ts';
import { UserError } from '../../wrapper/core/errors.ts';

const COMMAND = join(import.meta.dirname, '../../dist/racetrack.js');

export const MANIFEST = 'name: rust\nversion: 1.0.0\n';
export const PLUGIN = `
import { defineJobType, definePlugin, z } from 'racetrack/plugin';
const rust = defineJobType({
  name: 'rust',
  version: '1.0.0',
  description: 'A function in Rust.',
  extra: z.object({ edition: z.string().default('2024') }),
  images: ({ extra }) => [{ dockerfile: { text: 'FROM rust:1\\nENV EDITION=' + extra.edition + '\\n' }, files: {} }],
});
export default definePlugin({ jobTypes: () => [rust] });
`;

export type Files = Readonly<Record<string, string>>;

/** A folder for the time of a test. */
export function temporaryFolder(files: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'racetrack-plugins-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

export const zipOf = (files: Files): Promise<Buffer> =>
  writeZip(
    Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content), isExecutable: false })),
  );

export interface Workplace {
  /** The plugins folder. */
  readonly store: string;
  /** Where commands run. */
  readonly cwd: string;
  /** Starts a command of `racetrack plugin`. */
  start(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { kill(): void; readonly outcome: Promise<Outcome> };
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Installs in this process; resolves to the error, if there is one. */
  tryInstall(
    uri: string,
    options?: { replace?: boolean; env?: Readonly<Record<string, string>> },
  ): Promise<UserError | undefined>;
  /** What is installed and in force, as the files below the plugins folder show it. */
  installed(): string[];
  /** Everything that has been left in the plugins folder but must not be there. */
  leftOvers(): string[];
}

export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export function workplace(files: Files = {}): Workplace {
  const [store, cwd] = [temporaryFolder(), temporaryFolder(files)];
  const list = (folder: string): string[] => {
    try {
      return readdirSync(join(store, folder), { recursive: true, encoding: 'utf8' }).sort();
    } catch {
      return [];
    }
  };
  const start: Workplace['start'] = (args, env = {}) => {
    const child = execa(process.execPath, [COMMAND, 'plugin', ...args], {
      cwd,
      env: { RACETRACK_PLUGINS: store, ...env },
      reject: false,
      timeout: 60_000,
    });
    const outcome = child.then(({ exitCode, stdout, stderr }) => ({ code: exitCode, stdout, stderr }));
    return { kill: () => void child.kill('SIGKILL'), outcome };
  };
  return {
    store,
    cwd,
    start,
    run: (args, env) => start(args, env).outcome,
    async tryInstall(uri, { replace = false, env = {} } = {}) {
      const order = {
        uri,
        folder: store,
        cwd,
        env: { ...process.env, ...env },
        replace,
        builtIn: [],
        onFound: () => {},
      };
      try {
        await installPlugin(order);
        return undefined;
      } catch (error) {
        if (error instanceof UserError) return error;
        throw error;
      }
    },
    installed: () => list('installed').filter((path) => path.endsWith('.json')),
    leftOvers: () => list('staging'),
  };
}
