/** Owns the variables that a manifest gives to a running job. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEnvFile } from '../../wrapper/core/env-file.ts';
import { messageOf, UserError } from '../../wrapper/core/errors.ts';
import type { Manifest } from '../../wrapper/core/manifest.ts';

/** `runtime_env`, and the lines of `secret_runtime_env_file`, which win. Rejects with a UserError when that file cannot be read. */
export async function runtimeEnv(
  manifest: Partial<Manifest> | undefined,
  folder: string,
): Promise<Record<string, string>> {
  const file = manifest?.secret_runtime_env_file;
  return { ...manifest?.runtime_env, ...(file === undefined ? {} : await readSecrets(file, folder)) };
}

async function readSecrets(file: string, folder: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(resolve(folder, file), 'utf8');
  } catch (error) {
    throw new UserError(`secret_runtime_env_file cannot be read: ${messageOf(error)}`, {
      hint: 'create the file with lines of KEY=value, or leave the key out of the manifest',
      cause: error,
    });
  }
  return parseEnvFile(text, file);
}
