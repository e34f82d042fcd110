/** Owns the types of the language and of Node that have a schema of their own. */
import type { Program, Type, TypeNode, Symbol as TypeSymbol } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { GLOBALS_FILE } from './globals.ts';
import { argumentNode } from './type-nodes.ts';
import type { Walk } from './walk.ts';

type Build = (walk: Walk, type: Type, node: TypeNode | undefined) => JsonSchema;

const bytes: Build = () => ({ type: 'string', contentEncoding: 'base64' });
const file: Build = () => ({ type: 'string', contentMediaType: 'application/octet-stream' });
const set: Build = (walk, type, node) => ({ type: 'array', items: argument(walk, type, node, 0), uniqueItems: true });
const map: Build = (walk, type, node) => mapOf(argument(walk, type, node, 1));

const BUILDERS: { readonly [name: string]: Build } = {
  Date: () => ({ type: 'string', format: 'date-time' }),
  String: () => ({ type: 'string' }),
  Number: () => ({ type: 'number' }),
  Boolean: () => ({ type: 'boolean' }),
  Object: () => ({}),
  Uint8Array: bytes,
  Buffer: bytes,
  ArrayBuffer: bytes,
  Blob: file,
  File: file,
  Set: set,
  ReadonlySet: set,
  Map: map,
  ReadonlyMap: map,
};

const STREAMS = new Set([
  'Generator',
  'AsyncGenerator',
  'AsyncIterable',
  'AsyncIterableIterator',
  'AsyncIterator',
  'AsyncIteratorObject',
  'IterableIterator',
  'Iterator',
  'IteratorObject',
  'ReadableStream',
  'Readable',
]);

/** A map from any text to values of one schema. */
export function mapOf(values: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: Object.keys(values).length === 0 ? true : values };
}

/** The schema of a type that JSON does not show member by member; undefined for the job's and its packages' own objects. */
export function specialSchema(walk: Walk, type: Type, node: TypeNode | undefined): JsonSchema | undefined {
  const name = builtInName(walk.program, type);
  if (name !== undefined && Object.hasOwn(BUILDERS, name)) return BUILDERS[name]?.(walk, type, node);
  const toJson = type.getProperty('toJSON');
  const [signature] = toJson === undefined ? [] : walk.checker.getTypeOfSymbol(toJson).getCallSignatures();
  if (signature !== undefined) return walk.schemaOf(signature.getReturnType());
  return name === undefined ? undefined : {};
}

/** Whether values of this type arrive piece by piece. */
export function isStream(program: Program, type: Type): boolean {
  const name = builtInName(program, type);
  return name !== undefined && STREAMS.has(name);
}

/** The name of a type of the language or of Node, undefined for all others. */
export function builtInName(program: Program, type: Type): string | undefined {
  const symbol = type.getSymbol();
  return symbol !== undefined && isBuiltIn(program, symbol) ? symbol.name : undefined;
}

function isBuiltIn(program: Program, { declarations = [] }: TypeSymbol): boolean {
  const files = declarations.filter((part) => 'name' in part).map((part) => part.getSourceFile());
  return (
    files.length > 0 &&
    files.some(
      (source) =>
        source.fileName === GLOBALS_FILE ||
        program.isSourceFileDefaultLibrary(source) ||
        /\/node_modules\/(@types\/node|undici-types|buffer)\//.test(source.fileName),
    )
  );
}

function argument(walk: Walk, type: Type, node: TypeNode | undefined, at: number): JsonSchema {
  const given = walk.checker.getTypeArguments(type as Parameters<typeof walk.checker.getTypeArguments>[0])[at];
  return given === undefined ? {} : walk.schemaOf(given, argumentNode(node, at));
}
