/** Owns what a function's signature says. */
import { describeAnswer } from './answers.ts';
import type { FunctionTypes } from './description.ts';
import { commentOf } from './doc-tags.ts';
import { describeInput } from './inputs.ts';
import type { JobFunction } from './job-functions.ts';
import type { TypeSchemas } from './type-schemas.ts';

/** Of several overloads, the last counts, which takes the most. Undefined for what cannot be called. */
export function describeFunction(schemas: TypeSchemas, { symbol, type }: JobFunction): FunctionTypes | undefined {
  const signature = type.getCallSignatures().at(-1);
  if (signature === undefined) return undefined;
  const doc = (symbol && commentOf(symbol, schemas.checker)) ?? commentOf(signature, schemas.checker);
  return { doc, ...describeInput(schemas, signature.parameters[0]), ...describeAnswer(schemas, signature) };
}
