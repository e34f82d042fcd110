/** Owns the input of a call: what the request's body or address says, checked by the job's schema if it has one. */
import { isUtf8 } from 'node:buffer';
import { FrameFlag } from '../../../wrapper/protocol/frame.ts';
import type { Call } from './call.ts';
import { Unprocessable, UnreadableBody } from './failures.ts';
import { checkInput, type PlaceOf } from './schema-check.ts';

/** Larger inputs are not sent back with the error. */
const MAX_ECHO = 64 * 1024;

/** The input, at once where that is possible. Throws, or rejects with, what `failureOf` knows. */
export function readInput(call: Call): unknown {
  const { source, input: schema } = call.endpoint;
  const given = source === 'json' ? readJsonBody(call) : readOther(call);
  if (schema === undefined) return given;
  const placeOf: PlaceOf = (member) => {
    if (member !== undefined && Object.hasOwn(call.params, member)) return 'path';
    return source === 'address' ? 'query' : 'body';
  };
  return given instanceof Promise
    ? given.then((value) => checkInput(schema, value, placeOf))
    : checkInput(schema, given, placeOf);
}

function readJsonBody(call: Call): unknown {
  if (call.body.length > 0) return fromBody(call, call.body);
  // An empty body is rare; only then it is worth looking whether it stands in a file.
  const { bodyFile } = call.meta;
  if (bodyFile === undefined) return fromBody(call, call.body);
  return import('node:fs/promises').then(async ({ readFile }) => fromBody(call, await readFile(bodyFile)));
}

function fromBody(call: Call, body: Buffer): unknown {
  const { example, objectOnly } = call.endpoint;
  const value = body.length === 0 ? undefined : parseBody(body, (call.flags & FrameFlag.raw) !== 0);
  const given = value ?? example ?? {};
  const isObject = typeof given === 'object' && !Array.isArray(given);
  if (!isObject && objectOnly) {
    const msg = 'Input should be a valid dictionary';
    throw new Unprocessable([{ type: 'dict_type', loc: ['body'], msg, input: body.length > MAX_ECHO ? null : given }]);
  }
  return isObject ? withParams(call, given) : given;
}

function parseBody(body: Buffer, raw: boolean): unknown {
  if (raw) {
    const text = body.toString();
    return text.trim() === '' ? undefined : text;
  }
  if (!isUtf8(body)) throw new UnreadableBody();
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') return undefined;
    throw malformed(text, error as Error);
  }
}

function malformed(text: string, { message }: Error): Unprocessable {
  const place = /at position (\d+)/.exec(message)?.[1];
  const reason = message.replace(/ (in JSON )?at position \d+.*$| in JSON$/, '');
  const position = place === undefined ? text.length : Number(place);
  const ctx = { error: reason };
  return new Unprocessable([
    { type: 'json_invalid', loc: ['body', position], msg: 'JSON decode error', input: {}, ctx },
  ]);
}

/** Values of the path's segments are members of the input. */
function withParams(call: Call, given: unknown): unknown {
  return call.endpoint.path.includes('{') ? { ...(given as object), ...call.params } : given;
}

function readOther(call: Call): unknown {
  if (call.endpoint.source === 'address') return readAddress(call);
  return import('./uploads.ts').then(({ readUpload }) => readUpload(call));
}

/** Path and query; a name that occurs several times has the list of its values. */
function readAddress(call: Call): unknown {
  const { query } = call;
  const entries = [...new Set(query.keys())].map((name) => {
    const values = query.getAll(name);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  return { ...Object.fromEntries(entries), ...call.params };
}
