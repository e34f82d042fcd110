/** Owns schemas of objects: the members that JSON shows, those that may be left out, and what further names hold. */
import type { Type, TypeNode, Symbol as TypeSymbol } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { mapOf, specialSchema } from './built-in.ts';
import { ts } from './compiler.ts';
import { described } from './doc-tags.ts';
import { isList } from './lists.ts';
import { argumentNode, isPrimitive, isUndefined, isVisible, membersOf, writtenType } from './type-nodes.ts';
import type { Walk } from './walk.ts';

/** A member of an object as JSON has it. */
export interface Member {
  readonly name: string;
  readonly symbol: TypeSymbol;
  readonly type: Type;
  /** The type as somebody wrote it. */
  readonly node: TypeNode | undefined;
  readonly optional: boolean;
}

/** Schema of an object, written in place. */
export function objectSchema(walk: Walk, type: Type, node?: TypeNode): JsonSchema {
  const members = membersInJson(walk, type);
  const further = furtherNames(walk, type, node);
  if (members.length === 0 && further !== undefined) return mapOf(further);
  // The type `{}` of TypeScript is anything but null.
  if (members.length === 0 && isNamelessMap(walk, type)) return {};
  const properties = members.map((member) => [member.name, memberSchema(walk, member)] as const);
  const required = members.filter((member) => !member.optional).map((member) => member.name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    ...(further !== undefined && { additionalProperties: mapOf(further).additionalProperties }),
  };
}

function memberSchema(walk: Walk, { type, node, symbol }: Member): JsonSchema {
  return described(walk.schemaOf(type, node), symbol, walk.checker);
}

/** The members of an object: no functions, nothing private, nothing that only the program can name. */
export function membersInJson({ checker }: Walk, type: Type): Member[] {
  return checker.getPropertiesOfType(type).flatMap((symbol) => {
    if (isHidden(symbol)) return [];
    const member = checker.getTypeOfSymbol(symbol);
    if (isFunction(member) || membersOf(member).every(isUndefined)) return [];
    const optional = Boolean(symbol.flags & ts.SymbolFlags.Optional) || membersOf(member).some(isUndefined);
    return [{ name: symbol.name, symbol, type: member, node: writtenType(symbol.declarations?.[0]), optional }];
  });
}

/** Whether a value of the type can only be called. */
export function isFunction(type: Type): boolean {
  const kinds = membersOf(type).filter((member) => !isUndefined(member));
  return (
    kinds.length > 0 &&
    kinds.every((member) => member.getCallSignatures().length + member.getConstructSignatures().length > 0)
  );
}

/** An object whose members count, not a list, a function, or a type with a form of its own. */
export function isRecord(walk: Walk, type: Type): boolean {
  const isObject = type.isIntersection() ? !type.types.some(isPrimitive) : Boolean(type.flags & ts.TypeFlags.Object);
  return isObject && !isList(walk, type) && !isFunction(type) && specialSchema(walk, type, undefined) === undefined;
}

/** A map that got its name from an alias only: another word for the same thing. */
export function isNamelessMap({ checker }: Walk, type: Type): boolean {
  const named = ts.SymbolFlags.Interface | ts.SymbolFlags.Class;
  if ((type.getSymbol()?.flags ?? 0) & named) return false;
  return checker.getPropertiesOfType(type).length === 0;
}

/** JSON shows what an object holds itself; what its class computes it does not. */
function isHidden(symbol: TypeSymbol): boolean {
  if (symbol.flags & ts.SymbolFlags.Method || !isVisible(symbol)) return true;
  return (symbol.declarations ?? []).some((part) => ts.isAccessor(part) && ts.isClassLike(part.parent));
}

function furtherNames(walk: Walk, type: Type, node: TypeNode | undefined): JsonSchema | undefined {
  const infos = walk.checker
    .getIndexInfosOfType(type)
    .filter((info) => !(info.keyType.flags & ts.TypeFlags.ESSymbolLike));
  const text = infos.find((info) => info.keyType.flags & ts.TypeFlags.String) ?? infos[0];
  return text === undefined ? undefined : walk.schemaOf(text.type, text.declaration?.type ?? argumentNode(node, 1));
}
