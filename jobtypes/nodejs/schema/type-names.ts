/** Owns which types are shared under a name: interfaces, classes, and aliases of objects that somebody wrote. */
import type { InterfaceType, Type, TypeNode, TypeReference, Symbol as TypeSymbol } from 'typescript';
import { ts } from './compiler.ts';
import { aliasOf, enumOf } from './type-nodes.ts';
import type { Walk } from './walk.ts';

export interface TypeName {
  /** With the arguments of a generic type: `Page<Item>`. */
  readonly text: string;
  readonly symbol: TypeSymbol;
}

/** The name that a type is known by, undefined for one that was written where it is used. */
export function nameOf(walk: Walk, type: Type, node: TypeNode | undefined): TypeName | undefined {
  const { checker, program } = walk;
  const { aliasSymbol, aliasTypeArguments } = type;
  if (aliasSymbol !== undefined && !isOfLanguage(aliasSymbol)) return named(aliasSymbol, aliasTypeArguments);
  const symbol = enumOf(walk, type) ?? type.getSymbol();
  const flags = ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.Enum;
  if (symbol !== undefined && symbol.flags & flags) return named(symbol, argumentsOf(type));
  const alias = node === undefined ? undefined : aliasOf(walk, node);
  const written = alias && checker.getSymbolAtLocation(alias.name);
  return written && named(written, undefined);

  function named(symbol: TypeSymbol, args: readonly Type[] | undefined): TypeName {
    const list = args?.map((arg) => checker.typeToString(arg)) ?? [];
    return { text: list.length > 0 ? `${symbol.name}<${list.join(', ')}>` : symbol.name, symbol };
  }

  function argumentsOf(type: Type): readonly Type[] {
    const target = (type as TypeReference).target as InterfaceType | undefined;
    // The checker counts `this` among the arguments of a class.
    return checker.getTypeArguments(type as TypeReference).slice(0, target?.typeParameters?.length ?? 0);
  }

  function isOfLanguage({ declarations = [] }: TypeSymbol): boolean {
    return declarations.some((part) => program.isSourceFileDefaultLibrary(part.getSourceFile()));
  }
}
