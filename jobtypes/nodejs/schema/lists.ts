/** Owns schemas of arrays and tuples. */
import type { TupleTypeReference, Type, TypeNode, TypeReference } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { ts } from './compiler.ts';
import { itemNode, tupleNodes } from './type-nodes.ts';
import type { Walk } from './walk.ts';

export function isList({ checker }: Walk, type: Type): type is TypeReference {
  return checker.isArrayType(type) || checker.isTupleType(type);
}

export function listSchema(walk: Walk, type: TypeReference, node: TypeNode | undefined): JsonSchema {
  const items = walk.checker.getTypeArguments(type);
  if (walk.checker.isTupleType(type)) return tupleSchema(walk, type as TupleTypeReference, node);
  return { type: 'array', items: items[0] === undefined ? {} : walk.schemaOf(items[0], itemNode(node)) };
}

/** Items in fixed places, some of which may be left out, and then any number of one type. */
function tupleSchema(walk: Walk, type: TupleTypeReference, node: TypeNode | undefined): JsonSchema {
  const flags = type.target.elementFlags;
  const nodes = tupleNodes(node);
  const types = walk.checker.getTypeArguments(type);
  const variable = flags.findIndex((flag) => flag & ts.ElementFlags.Variable);
  const fixed = variable === -1 ? types : types.slice(0, variable);
  const prefixItems = fixed.map((item, at) => walk.schemaOf(item, nodes[at]));
  const least = flags.filter((flag) => flag & ts.ElementFlags.Required).length;
  return {
    type: 'array',
    ...(prefixItems.length > 0 && { prefixItems }),
    ...restOf(walk, { types, nodes, variable }),
    minItems: least,
    ...(variable === -1 && { maxItems: types.length }),
  };
}

interface Rest {
  readonly types: readonly Type[];
  readonly nodes: readonly TypeNode[];
  /** The place from which on the number of items is open, -1 when it is not. */
  readonly variable: number;
}

function restOf(walk: Walk, { types, nodes, variable }: Rest): JsonSchema {
  const type = types[variable];
  if (type === undefined) return {};
  return { items: variable === types.length - 1 ? walk.schemaOf(type, itemNode(nodes[variable])) : {} };
}
