/** Owns schemas of single values: literal types, enums, and text after a template. */
import type { LiteralType, TemplateLiteralType, Type, TypeFlags } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { ts } from './compiler.ts';
import { membersOf } from './type-nodes.ts';

type Value = string | number | boolean | null;

/** `const` for one value, `enum` for several, with their type when they have one in common. */
export function oneOf(values: readonly Value[]): JsonSchema {
  const types = new Set(values.map(typeOf));
  if (types.has('number')) types.delete('integer');
  const [type] = types;
  const schema = values.length === 1 ? { const: values[0] } : { enum: [...new Set(values)] };
  return types.size === 1 ? { ...schema, type } : schema;
}

export const isLiteral = (type: Type): boolean => !type.isUnion() && literalValue(type) !== undefined;

/** The value of a literal type, undefined when the type is none or JSON cannot show it. */
export function literalValue(type: Type): Value | undefined {
  if (type.flags & ts.TypeFlags.BooleanLiteral) return (type as { intrinsicName?: string }).intrinsicName === 'true';
  if (!(type.flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral | ts.TypeFlags.BigIntLiteral))) {
    return undefined;
  }
  const { value } = type as LiteralType;
  if (typeof value !== 'object') return Number.isNaN(value) ? undefined : value;
  const number = Number(`${value.negative ? '-' : ''}${value.base10Value}`);
  return Number.isSafeInteger(number) ? number : undefined;
}

const PLAIN: readonly (readonly [flag: TypeFlags, schema: JsonSchema])[] = [
  [ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.ESSymbolLike, {}],
  [ts.TypeFlags.Undefined | ts.TypeFlags.Void, {}],
  [ts.TypeFlags.Never, { not: {} }],
  [ts.TypeFlags.Null, { type: 'null' }],
  [ts.TypeFlags.String | ts.TypeFlags.StringMapping, { type: 'string' }],
  [ts.TypeFlags.Number, { type: 'number' }],
  [ts.TypeFlags.BigInt, { type: 'integer' }],
  [ts.TypeFlags.Boolean, { type: 'boolean' }],
  [ts.TypeFlags.NonPrimitive, { type: 'object' }],
];

/** The schema of a type without parts, undefined for other types and enums. */
export function plainSchema(type: Type): JsonSchema | undefined {
  if (type.flags & ts.TypeFlags.TemplateLiteral) return templateSchema(type as TemplateLiteralType);
  if (type.flags & ts.TypeFlags.Enum) return { type: 'number' };
  const row = PLAIN.find(([flag]) => type.flags & flag);
  return row && { ...row[1] };
}

/** The schema of a literal type, or of a union of nothing but literals such as an enum. */
export function literalSchema(type: Type): JsonSchema | undefined {
  const values = membersOf(type).map(literalValue);
  return values.every((value) => value !== undefined) ? oneOf(values) : undefined;
}

/** Text that follows a template literal type, such as `item-${number}`. */
function templateSchema(type: TemplateLiteralType): JsonSchema {
  return { type: 'string', pattern: `^${templatePattern(type)}$` };
}

function templatePattern({ texts, types }: TemplateLiteralType): string {
  return texts.map((text, at) => escapePattern(text) + (types[at] ? partPattern(types[at]) : '')).join('');
}

function partPattern(type: Type): string {
  const value = literalValue(type);
  if (value !== undefined) return escapePattern(String(value));
  if (type.flags & ts.TypeFlags.TemplateLiteral) return templatePattern(type as TemplateLiteralType);
  if (type.isUnion()) return `(?:${type.types.map(partPattern).join('|')})`;
  if (type.flags & ts.TypeFlags.Number) return '-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
  if (type.flags & ts.TypeFlags.BigInt) return '-?\\d+';
  return '[\\s\\S]*';
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function typeOf(value: Value): string {
  if (value === null) return 'null';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
}
