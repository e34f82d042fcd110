/** Owns `plugin-manifest.yaml`: who a plugin is, and which Racetrack it needs. */
import semver from 'semver';
import { Document, isMap, parseDocument } from 'yaml';
import * as z from 'zod';
import { isVersion } from '../jobtypes/version.ts';
import { UserError } from '../wrapper/core/errors.ts';
import { formatFinding, ManifestError } from '../wrapper/core/finding.ts';
import { parseYaml } from '../wrapper/core/manifest-yaml.ts';
import { fitToSchema } from '../wrapper/core/schema-check.ts';

export const MANIFEST_FILE = 'plugin-manifest.yaml';

const pluginManifestSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/, 'must be made of small letters, digits, ".", "_" and "-"'),
  // It becomes part of file names.
  version: z
    .string()
    .refine(
      (text) => isVersion(text) && /^[\w.+-]+$/.test(text),
      'must be three numbers, such as 1.2.3 or 1.2.3-bullseye',
    ),
  url: z.string().optional(),
  /** Lower ones come first. */
  priority: z.int().optional(),
  category: z.enum(['job-type', 'infrastructure', 'core']).optional(),
  /** Where the original platform loads it; everywhere when empty. */
  components: z.array(z.enum(['lifecycle', 'image-builder'])).optional(),
  build_date: z.string().optional(),
  racetrack: z
    .string()
    .refine((range) => semver.validRange(range) !== null, 'must be a range of versions, such as ">=0.1 <2"')
    .optional(),
});

export type PluginManifest = z.infer<typeof pluginManifestSchema>;

/** Throws a UserError that names the place of every mistake. */
export function parsePluginManifest(text: string, file = MANIFEST_FILE): PluginManifest {
  const { value, places, oddities } = readYaml(text, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`reading plugin manifest: ${file}: is not a mapping of fields`, {
      hint: 'write at least a name and a version, as in "name: rust"',
    });
  }
  const findings = fitToSchema({ schema: pluginManifestSchema, value: value as Record<string, unknown>, places });
  const mistakes = [
    ...oddities.map(({ message, position }) =>
      formatFinding({ ...position, kind: 'value' as const, path: '', message }),
    ),
    ...findings.map((finding) =>
      formatFinding({ ...finding, message: finding.message.replace(/, it is ignored$/, '') }),
    ),
  ];
  if (mistakes.length === 0) return value as PluginManifest;
  throw new UserError(`the plugin manifest has mistakes:\n  ${mistakes.join('\n  ')}`, {
    hint: `its fields are ${Object.keys(pluginManifestSchema.shape).join(', ')}`,
  });
}

function readYaml(text: string, file: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(text, file);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new UserError(`reading plugin manifest: ${error.located}`, { ...(error.hint ? { hint: error.hint } : {}) });
  }
}

/** The same text with other values; comments and order stay. */
export function rewritePluginManifest(text: string, values: Partial<PluginManifest>): string {
  const document = parseDocument(text);
  const target = isMap(document.contents) ? document : new Document({});
  for (const [key, value] of Object.entries(values)) target.set(key, value);
  return target.toString();
}

/** Refuses a plugin that was made for another Racetrack. */
export function checkHost({ name, version, racetrack }: PluginManifest, host: string): void {
  if (racetrack === undefined || semver.satisfies(host, racetrack, { includePrerelease: true })) return;
  throw new UserError(`the plugin ${name} ${version} needs Racetrack ${racetrack}, but this is ${host}`, {
    hint: 'install another version of the plugin, or of Racetrack',
  });
}
