/** Owns the input of a call: what the request's body or address says, checked by the job's schema if it has one. */
import { isUtf8 } from 'node:buffer';
import { FrameFlag } from '../../../wrapper/protocol/frame.ts';
import { findJsonFault } from '../../../wrapper/validation/json-fault.ts';
import type { Call } from './call.ts';
import { Unprocessable, UnreadableBody } from './failures.ts';
import { checkInput, echoOf, type PlaceOf } from './schema-check.ts';
import { fitTexts, readAddress } from './texts.ts';

/** The input, at once where that is possible. Throws, or rejects with, what `failureOf` knows. */
export function readInput(call: Call): unknown {
  const { source, input: schema } = call.endpoint;
  const placeOf: PlaceOf = (member) => {
    if (member !== undefined && Object.hasOwn(call.params, member)) return 'path';
    return source === 'address' ? 'query' : 'body';
  };
  const given = isJson(call) ? readJsonBody(call) : readOther(call, placeOf);
  if (schema === undefined) return given;
  return given instanceof Promise
    ? given.then((value) => checkInput(schema, value, placeOf))
    : checkInput(schema, given, placeOf);
}

/** A form may be sent as JSON too; it then has no files. */
function isJson({ endpoint: { source }, flags }: Call): boolean {
  return source === 'json' || (source === 'form' && (flags & FrameFlag.raw) === 0);
}

function readJsonBody(call: Call): unknown {
  if (call.body.length > 0) return fromBody(call, call.body);
  // An empty body is rare; only then it is worth looking whether it stands in a file.
  const { bodyFile } = call.meta;
  if (bodyFile === undefined) return fromBody(call, call.body);
  return import('node:fs/promises').then(async ({ readFile }) => fromBody(call, await readFile(bodyFile)));
}

function fromBody(call: Call, body: Buffer): unknown {
  const { example, objectOnly, input } = call.endpoint;
  const raw = (call.flags & FrameFlag.raw) !== 0;
  const value = body.length === 0 ? undefined : parseBody(body, raw);
  const given = value ?? example ?? {};
  if (typeof given === 'object' && !Array.isArray(given)) return withParams(call, given);
  if (objectOnly) throw refused('dict_type', 'Input should be a valid dictionary', given);
  if (raw && input === undefined) throw refused('json_type', 'Input should be JSON, and be declared as such', given);
  return given;
}

function refused(type: string, msg: string, given: unknown): Unprocessable {
  return new Unprocessable([{ type, loc: ['body'], msg, ...echoOf(given), pointer: '' }]);
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
  } catch {
    if (text.trim() === '') return undefined;
    throw malformed(text);
  }
}

function malformed(text: string): Unprocessable {
  const { at = text.length, reason = 'Expecting value' } = findJsonFault(text) ?? {};
  const row = { type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error', input: {}, ctx: { error: reason } };
  return new Unprocessable([{ ...row, pointer: '' }]);
}

/** Values of the path's segments are members of the input. */
function withParams(call: Call, given: unknown): unknown {
  return call.endpoint.path.includes('{') ? { ...(given as object), ...call.params } : given;
}

function readOther(call: Call, placeOf: PlaceOf): unknown {
  if (call.endpoint.source === 'address') return fitTexts(readAddress(call), call.endpoint, placeOf);
  return import('./uploads.ts').then(({ readUpload }) => readUpload(call, placeOf));
}
