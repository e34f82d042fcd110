/** Owns the setting that restricts which plugins are installed and loaded. */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf, UserError } from '../wrapper/core/errors.ts';
import type { Environment } from '../wrapper/core/executable.ts';
import { formatFinding, ManifestError } from '../wrapper/core/finding.ts';
import { parseYaml } from '../wrapper/core/manifest-yaml.ts';
import { fitToSchema } from '../wrapper/core/schema-check.ts';
import { isSignedBy, parsePublicKey } from './signature.ts';

const allowedSchema = z.strictObject({
  names: z.array(z.string()).optional(),
  sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')).optional(),
  public_keys: z.array(z.string()).optional(),
});

export interface AllowedPlugins {
  /** Throws a UserError for a plugin that is not allowed. */
  check(plugin: { name: string; version: string; sha256: string; zip: Buffer }): void;
}

/**
 * Reads `RACETRACK_ALLOWED_PLUGINS`, or `allowed-plugins.yaml` in the plugins folder; without a file every plugin is allowed.
 * A plugin is allowed by its name, by the SHA-256 of its ZIP, or by a signature.
 */
export async function readAllowed(folder: string, env: Environment): Promise<AllowedPlugins> {
  const named = env.RACETRACK_ALLOWED_PLUGINS;
  const path = named || join(folder, 'allowed-plugins.yaml');
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (!named && cause.code === 'ENOENT') return undefined;
    throw unreadable(path, cause.code === 'ENOENT' ? 'there is no such file' : messageOf(cause));
  });
  if (text === undefined) return { check: () => {} };
  return parseAllowed(text, path);
}

function parseAllowed(text: string, path: string): AllowedPlugins {
  const { value: given, places } = readYaml(text, path);
  if (typeof given !== 'object' || Array.isArray(given)) throw unreadable(path, 'it is not a mapping of fields');
  const value = (given ?? {}) as z.infer<typeof allowedSchema>;
  const [mistake] = fitToSchema({ schema: allowedSchema, value, places });
  if (mistake) throw unreadable(path, formatFinding(mistake));
  const keys: KeyObject[] = (value.public_keys ?? []).map((key, index) => parsePublicKey(key, `public_keys[${index}]`));
  return {
    check({ name, version, sha256, zip }) {
      if (value.names?.includes(name) || value.sha256?.includes(sha256) || isSignedBy(zip, keys)) return;
      throw new UserError(`the plugin ${name} ${version} is not allowed here`, {
        hint: `${path} allows plugins by name, sha256 or signature; this one has the sha256 ${sha256}`,
      });
    },
  };
}

function readYaml(text: string, path: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(text, path);
  } catch (error) {
    throw unreadable(path, error instanceof ManifestError ? error.located : messageOf(error));
  }
}

/** A restriction that cannot be read must not be taken for none. */
const unreadable = (path: string, reason: string): UserError =>
  new UserError(`the allowed plugins cannot be read from ${path}: ${reason}`, {
    hint: 'write lists named names, sha256 and public_keys, or remove the file to allow every plugin',
  });
