/** Owns schemas of unions: their members in the order written, literals together, enums and booleans whole again. */
import type { Type, TypeNode } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { ts } from './compiler.ts';
import { literalValue, oneOf } from './literals.ts';
import { aliasOf, isUndefined } from './type-nodes.ts';
import type { Walk } from './walk.ts';

/** A member as somebody wrote it; a name may stand for several of the union's members. */
interface Written {
  readonly node: TypeNode;
  readonly type: Type;
}

interface Member {
  readonly type: Type;
  readonly node: TypeNode | undefined;
}

/** Schema of a union's members; `undefined` among them says nothing. */
export function unionSchema(walk: Walk, types: readonly Type[], node: TypeNode | undefined): JsonSchema {
  const members = inOrder(
    types.filter((type) => !isUndefined(type)),
    node === undefined ? [] : written(walk, node),
  );
  const choices = unique(choicesOf(walk, members));
  if (choices.some((choice) => Object.keys(choice).length === 0)) return {};
  const [only] = choices;
  return choices.length === 1 && only !== undefined ? only : { anyOf: choices };
}

function choicesOf(walk: Walk, members: readonly Member[]): JsonSchema[] {
  const choices: JsonSchema[] = [];
  const values: { at: number; list: (string | number | boolean)[] } = { at: -1, list: [] };
  const done = new Set<Type>();
  const all = new Set(members.map((member) => member.type));
  for (const { type, node } of members) {
    if (done.has(type)) continue;
    const whole = wholeOf(walk, type);
    const value = literalValue(type);
    if (whole?.types.every((part) => all.has(part))) {
      for (const part of whole.types) done.add(part);
      choices.push(walk.schemaOf(whole));
    } else if (value === undefined || value === null) choices.push(walk.schemaOf(type, node));
    else {
      if (values.list.length === 0) values.at = choices.push({}) - 1;
      values.list.push(value);
    }
  }
  return choices.map((choice, at) => (at === values.at ? oneOf(values.list) : choice));
}

/** The enum, or `boolean`, that a literal belongs to. */
function wholeOf({ checker }: Walk, type: Type): ({ types: Type[] } & Type) | undefined {
  if (!(type.flags & (ts.TypeFlags.EnumLiteral | ts.TypeFlags.BooleanLiteral))) return undefined;
  const whole = checker.getBaseTypeOfLiteralType(type);
  return whole.isUnion() ? whole : undefined;
}

/** The checker keeps members in an order of its own. */
function inOrder(types: readonly Type[], entries: readonly Written[]): Member[] {
  const matched = new Set(types.map((type) => entryOf(type, entries)));
  const firstOpen = entries.findIndex((entry) => !matched.has(entry));
  const rankOf = (type: Type): number => {
    const entry = entryOf(type, entries);
    if (entry !== undefined) return entries.indexOf(entry);
    return firstOpen === -1 ? entries.length : firstOpen;
  };
  return nullLast(types)
    .map((type) => ({ type, node: entries.find((entry) => entry.type === type)?.node, rank: rankOf(type) }))
    .sort((left, right) => left.rank - right.rank);
}

/** Where nobody wrote an order. */
function nullLast(types: readonly Type[]): Type[] {
  const isNull = (type: Type): boolean => Boolean(type.flags & ts.TypeFlags.Null);
  return [...types.filter((type) => !isNull(type)), ...types.filter(isNull)];
}

function entryOf(type: Type, entries: readonly Written[]): Written | undefined {
  return entries.find((entry) => entry.type === type || (entry.type.isUnion() && entry.type.types.includes(type)));
}

function written(walk: Walk, node: TypeNode, depth = 0): Written[] {
  if (ts.isParenthesizedTypeNode(node)) return written(walk, node.type, depth);
  if (ts.isUnionTypeNode(node)) return node.types.flatMap((part) => written(walk, part, depth));
  const alias = aliasOf(walk, node);
  if (alias !== undefined && ts.isUnionTypeNode(alias.type) && depth < 10) return written(walk, alias.type, depth + 1);
  return [{ node, type: walk.checker.getTypeFromTypeNode(node) }];
}

function unique(schemas: readonly JsonSchema[]): JsonSchema[] {
  const seen = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  return [...seen.values()];
}
