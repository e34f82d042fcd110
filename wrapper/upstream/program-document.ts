/** Owns the program's own OpenAPI document: getting it, and whether it can be used. */
import { messageOf } from '../core/errors.ts';
import { ask } from './ask.ts';
import type { Upstream } from './upstream.ts';

/** An OpenAPI 3 document as far as its outline has been checked. */
export interface ProgramDocument {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [member: string]: unknown } };
  readonly components?: { readonly [kind: string]: { readonly [name: string]: unknown } };
  readonly servers?: unknown;
  readonly security?: unknown;
  readonly tags?: unknown;
  readonly info?: unknown;
}

const PATH = '/openapi.json';
const MAX_DEPTH = 200;
const LIMITS = { limitMs: 5_000, maxBytes: 5 * 1024 * 1024 };

/** Undefined when the program has none; `warn` is told when it has one that cannot be used. */
export async function fetchProgramDocument(
  { program }: Upstream,
  warn: (message: string) => void,
): Promise<ProgramDocument | undefined> {
  try {
    const { status, contentType, body } = await ask(program, PATH, LIMITS);
    if (status !== 200 || !/\bjson\b/i.test(contentType ?? '')) return undefined;
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (isUsable(document) && isShallow(document)) return document;
    warn(`the program's ${PATH} is left out of the documentation: it is no OpenAPI 3 document`);
  } catch (error) {
    warn(`the program's ${PATH} is left out of the documentation: ${messageOf(error)}`);
  }
  return undefined;
}

function isUsable(value: unknown): value is ProgramDocument {
  if (!isObject(value) || typeof value.openapi !== 'string' || !value.openapi.startsWith('3.')) return false;
  const { paths, components = {} } = value;
  return (
    isObject(paths) &&
    Object.values(paths).every(isObject) &&
    isObject(components) &&
    Object.values(components).every(isObject)
  );
}

/** What nests without end would end the process when it is walked through. */
const isShallow = (value: unknown, left = MAX_DEPTH): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (left > 0 && Object.values(value).every((item) => isShallow(item, left - 1)));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
