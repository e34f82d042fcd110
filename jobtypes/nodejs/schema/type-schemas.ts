/** Owns JSON Schema (2020-12) from types; every schema is a hint, so whatever is odd becomes `{}`. */
import type { Program, Type, TypeChecker, TypeNode } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { specialSchema } from './built-in.ts';
import { ts } from './compiler.ts';
import { Components } from './components.ts';
import { commentOf, withLimits } from './doc-tags.ts';
import { isList, listSchema } from './lists.ts';
import { isLiteral, literalSchema, plainSchema } from './literals.ts';
import { isFunction, isNamelessMap, isRecord, objectSchema } from './objects.ts';
import { nameOf } from './type-names.ts';
import { aliasOf, asWritten, enumOf, expanded, isPrimitive } from './type-nodes.ts';
import { unionSchema } from './unions.ts';
import type { Walk } from './walk.ts';

/** Types that describe themselves without end are described so deep, and so far. */
const DEPTH_LIMIT = 40;
const TYPES_LIMIT = 5_000;

export class TypeSchemas implements Walk {
  readonly program: Program;
  readonly checker: TypeChecker;
  readonly #components = new Components<Type>();
  /** Types whose schemas are being built where they are used. */
  #open = new Set<Type>();
  #depth = 0;
  #types = 0;

  constructor(program: Program) {
    this.program = program;
    this.checker = program.getTypeChecker();
  }

  /** The shared schemas so far, by name. */
  get components(): { readonly [name: string]: JsonSchema } {
    return this.#components.schemas;
  }

  schemaOf(type: Type, node?: TypeNode): JsonSchema {
    if (this.#depth >= DEPTH_LIMIT || this.#types >= TYPES_LIMIT) return {};
    this.#depth += 1;
    this.#types += 1;
    try {
      return this.#limited(this.#build(asWritten(this, type, node), node), node);
    } catch {
      // A schema is documentation: nothing in it may stop the job.
      return {};
    } finally {
      this.#depth -= 1;
    }
  }

  /** Tags above an alias of a plain type hold wherever the alias is used. */
  #limited(schema: JsonSchema, node: TypeNode | undefined): JsonSchema {
    const alias = node === undefined || schema.$ref !== undefined ? undefined : aliasOf(this, node);
    const symbol = alias && this.checker.getSymbolAtLocation(alias.name);
    if (symbol === undefined) return schema;
    return withLimits(this.#limited(schema, alias?.type), symbol.getJsDocTags(this.checker));
  }

  /** The members of a record instead of a reference to it; other types as everywhere. */
  inPlace(type: Type, node?: TypeNode): JsonSchema {
    return isRecord(this, type) ? objectSchema(this, type, expanded(this, node)) : this.schemaOf(type, node);
  }

  #build(type: Type, node: TypeNode | undefined): JsonSchema {
    const known = plainSchema(type) ?? this.#components.find(type);
    if (known !== undefined) return known;
    if (enumOf(this, type) !== undefined) return this.#shared(type, node, () => literalSchema(type) ?? {});
    if (isLiteral(type)) return literalSchema(type) ?? {};
    if (type.flags & ts.TypeFlags.Instantiable) return this.#bound(type);
    const primitive = type.isIntersection() ? type.types.find(isPrimitive) : undefined;
    if (primitive !== undefined) return this.schemaOf(primitive);
    return this.#structure(type, node);
  }

  #structure(type: Type, node: TypeNode | undefined): JsonSchema {
    const text = expanded(this, node);
    if (type.isUnion()) return this.#whereUsed(type, node, () => unionSchema(this, type.types, text));
    if (isList(this, type)) return this.#whereUsed(type, node, () => listSchema(this, type, text));
    if (isFunction(type)) return {};
    return specialSchema(this, type, text) ?? this.#shared(type, node, () => objectSchema(this, type, text));
  }

  /** A type parameter stands for whatever keeps within its bound. */
  #bound(type: Type): JsonSchema {
    const bound = this.checker.getBaseConstraintOfType(type);
    return bound === undefined || bound === type ? {} : this.schemaOf(bound);
  }

  /** A named type's schema, built once and referred to. */
  #shared(type: Type, node: TypeNode | undefined, build: () => JsonSchema): JsonSchema {
    const name = nameOf(this, type, node);
    if (name === undefined || isNamelessMap(this, type)) return this.#whereUsed(type, node, build);
    const comment = commentOf(name.symbol, this.checker);
    const head = comment === null ? {} : { description: comment };
    const outside = this.#open;
    this.#open = new Set();
    try {
      return this.#components.add(type, name.text, () => ({ ...head, ...build() }));
    } finally {
      this.#open = outside;
    }
  }

  /** A schema built where it is used, unless the type turns out to hold itself: then it is shared after all. */
  #whereUsed(type: Type, node: TypeNode | undefined, build: () => JsonSchema): JsonSchema {
    if (this.#open.has(type)) return this.#components.reserve(type, nameOf(this, type, node)?.text ?? 'Schema');
    this.#open.add(type);
    try {
      const schema = build();
      return this.#components.fill(type, schema) ?? schema;
    } finally {
      this.#open.delete(type);
    }
  }
}
