/** Owns what the text of a type tells beyond the type itself, and small questions about types. */
import type { Declaration, Type, TypeAliasDeclaration, TypeNode, Symbol as TypeSymbol } from 'typescript';
import { ts } from './compiler.ts';
import type { Walk } from './walk.ts';

/** Aliases of aliases are followed so far. */
const ALIAS_LIMIT = 10;

const PRIMITIVES =
  ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike | ts.TypeFlags.BooleanLike;

export const isUndefined = (type: Type): boolean => Boolean(type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void));

/** The members of a union, or the type alone. */
export const membersOf = (type: Type): readonly Type[] => (type.isUnion() ? type.types : [type]);

export const isPrimitive = (type: Type): boolean => Boolean(type.flags & PRIMITIVES);

/** Whether anybody may name a member: it is neither private nor a symbol. */
export function isVisible({ escapedName, declarations = [] }: TypeSymbol): boolean {
  const inner = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (
    !/^__[@#]/.test(escapedName as string) && !declarations.some((part) => ts.getCombinedModifierFlags(part) & inner)
  );
}

/** The type that a declaration was given in its text. */
export function writtenType(declaration: Declaration | undefined): TypeNode | undefined {
  if (declaration === undefined) return undefined;
  const { type, typeExpression } = declaration as { type?: TypeNode; typeExpression?: { type?: TypeNode } };
  const node = type ?? typeExpression?.type ?? jsDocType(declaration);
  return node !== undefined && ts.isTypeNode(node) ? node : undefined;
}

const jsDocType = (declaration: Declaration): TypeNode | undefined =>
  declaration.flags & ts.NodeFlags.JavaScriptFile ? ts.getJSDocType(declaration) : undefined;

/** The alias that a node names, unless it has parameters: then its text is not that of this type. */
export function aliasOf({ checker, program }: Walk, node: TypeNode): TypeAliasDeclaration | undefined {
  if (!ts.isTypeReferenceNode(node)) return undefined;
  const symbol = resolved(checker.getSymbolAtLocation(node.typeName), checker);
  const declaration = symbol?.declarations?.find(ts.isTypeAliasDeclaration);
  if (declaration === undefined || declaration.typeParameters !== undefined) return undefined;
  return program.isSourceFileDefaultLibrary(declaration.getSourceFile()) ? undefined : declaration;
}

/** What an imported or re-exported name stands for. */
export function resolved(symbol: TypeSymbol | undefined, checker: Walk['checker']): TypeSymbol | undefined {
  return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** What stands behind parentheses, `readonly`, and the names of aliases. */
export function expanded(walk: Walk, node: TypeNode | undefined, depth = 0): TypeNode | undefined {
  if (node === undefined || depth >= ALIAS_LIMIT) return node;
  const readonly = ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword;
  if (readonly || ts.isParenthesizedTypeNode(node)) return expanded(walk, node.type, depth + 1);
  const alias = aliasOf(walk, node);
  return alias === undefined ? node : expanded(walk, alias.type, depth + 1);
}

/** The node of a list's items. */
export function itemNode(node: TypeNode | undefined): TypeNode | undefined {
  return node !== undefined && ts.isArrayTypeNode(node) ? node.elementType : argumentNode(node, 0);
}

/** The nodes of a tuple's items, without their names and marks. */
export function tupleNodes(node: TypeNode | undefined): TypeNode[] {
  if (node === undefined || !ts.isTupleTypeNode(node)) return [];
  return node.elements.map((item) => {
    const bare = ts.isNamedTupleMember(item) ? item.type : item;
    return ts.isOptionalTypeNode(bare) || ts.isRestTypeNode(bare) ? bare.type : bare;
  });
}

/** The node of a generic type's argument. */
export function argumentNode(node: TypeNode | undefined, at: number): TypeNode | undefined {
  return node !== undefined && ts.isTypeReferenceNode(node) ? node.typeArguments?.[at] : undefined;
}

/** The enum that a type is: all of it, or its only member. */
export function enumOf({ checker }: Walk, type: Type): TypeSymbol | undefined {
  const symbol = type.getSymbol();
  if (!(type.flags & ts.TypeFlags.EnumLike) || symbol === undefined) return undefined;
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined || !ts.isEnumMember(declaration)) return symbol;
  return declaration.parent.members.length === 1 ? checker.getSymbolAtLocation(declaration.parent.name) : undefined;
}

/**
 * The type as its text says it. An optional member's type has `undefined` added to it, and so has lost its name.
 */
export function asWritten({ checker }: Walk, type: Type, node: TypeNode | undefined): Type {
  if (node === undefined || !type.isUnion() || !type.types.some(isUndefined)) return type;
  const written = checker.getTypeFromTypeNode(node);
  const wanted = new Set(type.types.filter((member) => !isUndefined(member)));
  const given = membersOf(written).filter((member) => !isUndefined(member));
  return given.length === wanted.size && given.every((member) => wanted.has(member)) ? written : type;
}
