/** Owns turning ajv's errors into rows: each mistake once, at its place, and of a union only what helps. */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { describeError } from './row-texts.ts';
import type { ErrorRow } from './verdict.ts';

/** Enough for a person to mend. */
export const MAX_ROWS = 100;
/** An input is echoed up to so many characters of JSON. */
const MAX_ECHO = 1000;

const UNIONS = new Set(['anyOf', 'oneOf']);

/** The rows for a value; at most {@link MAX_ROWS}. */
export function rowsOf(errors: readonly ErrorObject[], value: unknown): ErrorRow[] {
  const rows = new Map<string, ErrorRow>();
  for (const error of settleUnions(errors)) {
    const row = rowOf(error, value);
    rows.set(`${row.type} ${row.pointer}`, row);
    if (rows.size === MAX_ROWS) break;
  }
  return [...rows.values()];
}

/**
 * Of a union ajv reports what every member found, then the union itself. Members of another type altogether say nothing that
 * helps; when no other is left, one error names the types.
 */
function settleUnions(errors: readonly ErrorObject[]): ErrorObject[] {
  const settled: ErrorObject[] = [];
  for (const error of errors) {
    const within = UNIONS.has(error.keyword) ? takeTrailing(settled, error.instancePath) : [];
    const isOtherType = ({ keyword, instancePath }: ErrorObject) =>
      keyword === 'type' && instancePath === error.instancePath;
    const closer = within.filter((each) => !isOtherType(each));
    if (closer.length > 0) {
      settled.push(...closer);
      continue;
    }
    const types = new Set(within.flatMap(({ params }) => params.type as string | string[]));
    types.delete('null');
    if (types.size === 0) settled.push(error);
    else settled.push({ ...(within[0] ?? error), keyword: 'type', params: { type: [...types] } });
  }
  return settled;
}

/** Takes the errors off the end that lie at this place or below. */
function takeTrailing(errors: ErrorObject[], path: string): ErrorObject[] {
  let start = errors.length;
  while (start > 0 && isAtOrBelow((errors[start - 1] as ErrorObject).instancePath, path)) start -= 1;
  return errors.splice(start);
}

const isAtOrBelow = (place: string, path: string): boolean => place === path || place.startsWith(`${path}/`);

function rowOf(error: ErrorObject, root: unknown): ErrorRow {
  const { type, msg, ctx, member } = describeError(error);
  const { keys, value } = lookUp(error.instancePath, root);
  const pointer = member === undefined ? error.instancePath : `${error.instancePath}/${pointerPart(member)}`;
  return {
    type,
    loc: ['body', ...keys, ...(member === undefined ? [] : [member])],
    msg,
    ...echo(value),
    ...(ctx && { ctx }),
    pointer,
  };
}

/** The keys of a pointer, those of lists as numbers, and the value that stands there. */
function lookUp(pointer: string, root: unknown): { keys: (string | number)[]; value: unknown } {
  const keys: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    keys.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return { keys, value };
}

const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** What was received, unless it is large or nested too deeply to be shown. */
function echo(value: unknown): { input?: unknown } {
  try {
    return JSON.stringify(value).length <= MAX_ECHO ? { input: value } : {};
  } catch {
    return {};
  }
}
