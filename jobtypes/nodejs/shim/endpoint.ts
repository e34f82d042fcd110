/** Owns one function of the job with what is needed to call it. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import type { JobFunction } from './job.ts';

/** Where an input comes from: members of a JSON body, the address alone, a form, or the body as it is. */
export type InputSource = 'json' | 'address' | 'form' | 'bytes';

/** Its place in the list of the worker is its number on the wire. */
export interface Endpoint {
  readonly handler: JobFunction;
  /** What it is called on. */
  readonly self: object;
  readonly takesSignal: boolean;
  readonly source: InputSource;
  /** The member that a body of any type is, when the input has exactly one file. */
  readonly fileMember: string | undefined;
  /** Whether a JSON body has to be an object: unless a schema or the types of the job say otherwise. */
  readonly objectOnly: boolean;
  /** What is known about the members of an input that is no JSON; null otherwise. */
  readonly schema: JsonSchema | null;
  readonly input: StandardSchemaV1 | undefined;
  readonly output: StandardSchemaV1 | undefined;
  /** As declared, with its `{name}` segments. */
  readonly path: string;
  /** The input of a call without a body. */
  readonly example: unknown;
}

/**
 * Whether a function may look at its second argument. Making a signal costs more than a short call, so that one is made for those only;
 * in doubt it is made.
 */
export function takesSignal(handler: JobFunction): boolean {
  if (handler.length >= 2) return true;
  const source = Function.prototype.toString.call(handler);
  return source.includes('[native code]') || /\barguments\b/.test(source) || hasFurtherParameter(source);
}

/** Whether the parameter list has a comma of its own, or a rest parameter. */
function hasFurtherParameter(source: string): boolean {
  const start = source.indexOf('(');
  const arrow = source.indexOf('=>');
  if (start < 0 || (arrow >= 0 && arrow < start)) return false;
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    const sign = source[at] as string;
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0) return false;
    if (depth === 1 && (sign === ',' || source.startsWith('...', at))) return true;
  }
  return true;
}
