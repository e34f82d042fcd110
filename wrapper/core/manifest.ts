/** Owns job manifests: text or file → values as good as they can be had, and a finding for everything that is wrong. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { messageOf } from './errors.ts';
import { type Finding, type FindingKind, ManifestError, type Path, type Places } from './finding.ts';
import type { ManifestLocation } from './manifest-location.ts';
import { type Manifest, manifestSchema } from './manifest-schema.ts';
import { MANIFEST_SIZE_LIMIT, parseYaml } from './manifest-yaml.ts';
import { FINDINGS_LIMIT, fitToSchema } from './schema-check.ts';

export type { Manifest } from './manifest-schema.ts';
export { ManifestError };

export interface ParsedManifest {
  /** Complete only when there are no findings. */
  readonly manifest: Partial<Manifest>;
  readonly findings: readonly Finding[];
  /** For those who check `jobtype_extra` themselves. */
  readonly places: Places;
}

interface Source {
  readonly value: Record<string, unknown>;
  readonly places: Places;
  readonly findings: readonly Finding[];
}

/** The fields that other names stand for, kept from earlier versions of the manifest. */
const OLD_FIELDS = [
  { old: 'lang', now: 'jobtype' },
  { old: 'python', now: 'jobtype_extra' },
  { old: 'golang', now: 'jobtype_extra' },
  { old: 'wrapper_properties', now: 'jobtype_extra' },
] as const;

/** What the place that `locateManifest` found holds; nothing at all is an empty manifest. */
export async function loadManifest(location: ManifestLocation): Promise<ParsedManifest> {
  if (location.kind === 'file') return readManifest(location.path);
  if (location.kind === 'text') return parseManifest(location.text, { file: location.name });
  return { manifest: {}, findings: [], places: parseYaml('', 'job.yaml').places };
}

export function parseManifest(text: string, options: { file: string }): ParsedManifest {
  return check(parseSource(text, options.file));
}

/** Reads a file, and the one it extends. Files are named in findings as seen from `relativeTo`, by default their folder. */
export async function readManifest(path: string, options: { relativeTo?: string } = {}): Promise<ParsedManifest> {
  const from = options.relativeTo ?? dirname(resolve(path));
  const name = displayName(path, from);
  const source = parseSource(await readText(path, name), name);
  const { extends: base, ...own } = source.value;
  const isOld = /(^|[\\/])fatman\.ya?ml$/.test(path);
  const renamed = isOld
    ? [
        finding(source.places, {
          path: [],
          kind: 'deprecated',
          message: 'the file name fatman.yaml is out of use',
          suggestion: 'rename it to job.yaml',
        }),
      ]
    : [];
  if (typeof base !== 'string') return check({ ...source, findings: [...renamed, ...source.findings] });
  const extended = await readBase({ base, path, from, places: source.places });
  return check({
    value: merge(extended.value, own),
    places: either(source.places, extended.places),
    findings: [...renamed, ...source.findings, ...extended.findings],
  });
}

function displayName(path: string, from: string): string {
  const name = relative(from, resolve(path));
  return name.startsWith('..') || isAbsolute(name) ? path : name;
}

async function readText(path: string, name: string): Promise<string> {
  const whole = { file: name, line: 0, column: 0 };
  try {
    const { size } = await stat(path);
    if (size > MANIFEST_SIZE_LIMIT) throw new Error('the file is larger than 256 KiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'there is no such file' : messageOf(cause);
    const hint = missing
      ? 'check the path, or leave it out to use job.yaml'
      : 'a manifest is a small text file in UTF-8';
    throw new ManifestError(reason, whole, { hint, cause });
  }
}

function parseSource(text: string, file: string): Source {
  const { value, places, oddities } = parseYaml(text, file);
  const findings = oddities
    .slice(0, FINDINGS_LIMIT)
    .map(({ message, position }): Finding => ({ ...position, kind: 'value', path: '', message }));
  if (value === null || value === undefined) return { value: {}, places, findings };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ManifestError('is not a mapping of fields', places.at([]), {
      hint: 'start with a line such as "name: adder"',
    });
  }
  return { value: value as Record<string, unknown>, places, findings };
}

function check({ value, places, findings }: Source): ParsedManifest {
  const renamed = renameOldFields(value, places);
  const found = fitToSchema({ schema: manifestSchema, value, places });
  return { manifest: value as Partial<Manifest>, findings: [...findings, ...renamed, ...found], places };
}

function renameOldFields(value: Record<string, unknown>, places: Places): Finding[] {
  const findings: Finding[] = [];
  for (const { old, now } of OLD_FIELDS) {
    if (!Object.hasOwn(value, old)) continue;
    const taken = Object.hasOwn(value, now);
    const message = taken ? `is ignored, because ${now} is given as well` : `is out of use: ${now} took its place`;
    const suggestion = taken ? 'remove it' : `rename it to ${now}`;
    findings.push(finding(places, { path: [old], kind: 'deprecated', message, suggestion }));
    if (!taken) value[now] = value[old];
    delete value[old];
  }
  return findings;
}

interface Remark {
  readonly path: Path;
  readonly kind: FindingKind;
  readonly message: string;
  readonly suggestion: string;
}

const finding = (places: Places, { path, ...remark }: Remark): Finding => ({
  ...places.keyAt(path),
  path: path.join('.'),
  ...remark,
});

/** The manifest that another one extends; empty, with a finding, when it cannot be had. */
async function readBase(given: { base: string; path: string; from: string; places: Places }): Promise<Source> {
  const { base, path, from, places } = given;
  const empty = (message: string, suggestion: string): Source => ({
    value: {},
    places,
    findings: [finding(places, { path: ['extends'], kind: 'value', message, suggestion })],
  });
  if (isAbsolute(base))
    return empty('must be a relative path', 'name the file as seen from this one, such as ../base.yaml');
  const file = resolve(dirname(resolve(path)), base);
  const isFile = await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
  if (!isFile) return empty(`there is no file ${file}`, 'check the path: it starts at the folder of this file');
  const source = parseSource(await readText(file, displayName(file, from)), displayName(file, from));
  if (!Object.hasOwn(source.value, 'extends')) return source;
  delete source.value.extends;
  const message = 'a manifest that is extended may not itself extend another; this is ignored';
  const remark = finding(source.places, {
    path: ['extends'],
    kind: 'value',
    message,
    suggestion: 'keep one level of files',
  });
  return { ...source, findings: [...source.findings, remark] };
}

/** Mappings are merged key by key, everything else is replaced. */
function merge(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    merged[key] = isMapping(below) && isMapping(value) ? merge(below, value) : value;
  }
  return merged;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A part stands in the file that gives it; what is missing in both is missing in the first. */
function either(own: Places, base: Places): Places {
  const holder = (path: Path): Places => (!own.has(path) && base.has(path) ? base : own);
  return {
    has: (path) => own.has(path) || base.has(path),
    at: (path) => holder(path).at(path),
    keyAt: (path) => holder(path).keyAt(path),
    plainText: (path) => holder(path).plainText(path),
  };
}
