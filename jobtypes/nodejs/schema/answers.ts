/** Owns what a function's answer is: the awaited value, or the items of a stream. */
import type { Signature, Type, TypeNode, TypeReference } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { builtInName, isStream } from './built-in.ts';
import { ts } from './compiler.ts';
import type { FunctionTypes } from './description.ts';
import { argumentNode, isUndefined, membersOf } from './type-nodes.ts';
import type { TypeSchemas } from './type-schemas.ts';
import { unionSchema } from './unions.ts';

type Answer = Pick<FunctionTypes, 'response' | 'streaming'>;

export function describeAnswer(schemas: TypeSchemas, signature: Signature): Answer {
  const returned = signature.getReturnType();
  const written = answerNode(signature);
  const type = schemas.checker.getAwaitedType(returned) ?? returned;
  const node = type === returned ? written : argumentNode(written, 0);
  if (isStream(schemas.program, type))
    return { response: streamSchema(schemas, type as TypeReference, node), streaming: true };
  const schema = answerSchema(schemas, type, node);
  return { response: Object.keys(schema).length === 0 ? null : schema, streaming: false };
}

function answerNode({ declaration }: Signature): TypeNode | undefined {
  if (declaration === undefined || ts.isJSDocSignature(declaration)) return undefined;
  return (
    declaration.type ??
    (declaration.flags & ts.NodeFlags.JavaScriptFile ? ts.getJSDocReturnType(declaration) : undefined)
  );
}

/** A stream of values is an array, piece by piece; a stream of bytes is no JSON. */
function streamSchema(schemas: TypeSchemas, type: TypeReference, node: TypeNode | undefined): JsonSchema | null {
  const [item] = schemas.checker.getTypeArguments(type);
  if (item === undefined) return null;
  const items = schemas.schemaOf(item, argumentNode(node, 0));
  return items.contentEncoding === undefined ? { type: 'array', items } : null;
}

/** A `Response` has a form of its own, whatever else may be returned; `undefined` leaves as null. */
function answerSchema(schemas: TypeSchemas, type: Type, node: TypeNode | undefined): JsonSchema {
  const all = membersOf(type);
  const kept = all.filter((member) => builtInName(schemas.program, member) !== 'Response');
  const values = kept.filter((member) => !isUndefined(member));
  if (values.length === all.length) return schemas.schemaOf(type, node);
  if (values.length === 0) return {};
  const schema = unionSchema(schemas, values, node);
  if (values.length === kept.length || Object.keys(schema).length === 0) return schema;
  const choices = Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
  return { anyOf: [...choices, { type: 'null' }] };
}
