/** Owns what a function's input is: the members of its first parameter, written in place. */
import type { BindingElement, ParameterDeclaration, Type, TypeNode, Symbol as TypeSymbol } from 'typescript';
import type { JsonSchema, ParameterInfo } from '../../../wrapper/protocol/messages.ts';
import { ts } from './compiler.ts';
import { constantOf } from './constants.ts';
import type { FunctionTypes } from './description.ts';
import { withDefault } from './doc-tags.ts';
import { isRecord, type Member, membersInJson } from './objects.ts';
import { asWritten, isUndefined, membersOf, writtenType } from './type-nodes.ts';
import type { TypeSchemas } from './type-schemas.ts';

type Input = Pick<FunctionTypes, 'body' | 'bodyRequired' | 'parameters'>;

/** What the parameter itself says about a member: that it may be left out, and what it is then. */
type Defaults = ReadonlyMap<string, unknown>;

const TITLE = { title: 'Payload' };
const ANYTHING: Input = {
  body: { ...TITLE, type: 'object', properties: {}, additionalProperties: true },
  bodyRequired: false,
  parameters: [],
};

/** The body that a parameter wants; one without a parameter may be any object. */
export function describeInput(schemas: TypeSchemas, parameter: TypeSymbol | undefined): Input {
  const declared = parameter?.valueDeclaration;
  const declaration = declared && ts.isParameter(declared) ? declared : undefined;
  if (parameter === undefined || declaration?.dotDotDotToken !== undefined) return ANYTHING;
  const type = schemas.checker.getTypeOfSymbol(parameter);
  const node = writtenType(declared);
  const given = boundOf(schemas, withoutUndefined(asWritten(schemas, type, node)));
  const defaults = defaultsOf(schemas, declaration);
  if (isGuessed(given, declaration)) return describeNames(given, defaults);
  const schema = schemas.inPlace(given, node);
  if (Object.keys(schema).length === 0) return ANYTHING;
  const mayBeMissing =
    (declaration && schemas.checker.isOptionalParameter(declaration)) || membersOf(type).some(isUndefined);
  if (!isRecord(schemas, given)) {
    return { body: { ...TITLE, ...schema }, bodyRequired: !mayBeMissing, parameters: [] };
  }
  const body = payload(schema, defaults);
  return {
    body: { ...TITLE, ...body },
    bodyRequired: !mayBeMissing && body.required !== undefined,
    parameters: parameterRows(schemas, membersInJson(schemas, given), defaults),
  };
}

/** Whether a parameter is taken apart without a type: its type is then made up by the compiler. */
function isGuessed(type: Type, declaration: ParameterDeclaration | undefined): boolean {
  return declaration !== undefined && ts.isObjectBindingPattern(declaration.name) && type.getSymbol() === undefined;
}

/** Names say nothing about what they stand for, nor whether they are needed. */
function describeNames(type: Type, defaults: Defaults): Input {
  const names = type.getProperties().map((property) => property.name);
  const properties = Object.fromEntries(names.map((name) => [name, withDefault({}, defaults.get(name))]));
  const parameters = names.map((name) =>
    defaults.has(name) ? { name, default_value: defaults.get(name) ?? null, type: null } : { name, type: null },
  );
  return { body: { ...ANYTHING.body, properties }, bodyRequired: false, parameters };
}

/** A type parameter stands for whatever keeps within its bound. */
const boundOf = ({ checker }: TypeSchemas, type: Type): Type =>
  type.isTypeParameter() ? (checker.getBaseConstraintOfType(type) ?? type) : type;

/** The only type beside `undefined`, when there is just one. */
function withoutUndefined(type: Type): Type {
  const [only, ...others] = membersOf(type).filter((member) => !isUndefined(member));
  return only === undefined || others.length > 0 ? type : only;
}

interface ObjectSchema extends JsonSchema {
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
}

/** The type of an input is a hint and no more: it may hold further names. */
function payload(schema: ObjectSchema, defaults: Defaults): JsonSchema {
  const { properties = {}, required = [], ...rest } = schema;
  const shown = Object.entries(properties).map(([name, member]) => [name, withDefault(member, defaults.get(name))]);
  const needed = required.filter((name) => !defaults.has(name));
  return {
    ...rest,
    ...(shown.length > 0 && { properties: Object.fromEntries(shown) }),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: rest.additionalProperties ?? true,
  };
}

/** Defaults in a destructured parameter: `({ count = 3 }: Input)`. */
function defaultsOf({ checker }: TypeSchemas, declaration: ParameterDeclaration | undefined): Defaults {
  const { name } = declaration ?? {};
  const parts = name !== undefined && ts.isObjectBindingPattern(name) ? name.elements : [];
  return new Map(
    parts.flatMap((part) =>
      part.initializer === undefined ? [] : [[memberName(part), constantOf(checker, part.initializer)]],
    ),
  );
}

function memberName({ propertyName, name }: BindingElement): string {
  const key = propertyName ?? name;
  return ts.isIdentifier(key) || ts.isStringLiteral(key) ? key.text : key.getText();
}

/** Required ones first, as for every language. */
function parameterRows(schemas: TypeSchemas, members: readonly Member[], defaults: Defaults): ParameterInfo[] {
  const isOptional = ({ name, optional }: Member) => optional || defaults.has(name);
  const required = members.filter((member) => !isOptional(member));
  const optional = members.filter(isOptional);
  return [
    ...required.map((member) => ({ name: member.name, type: typeText(schemas, member) })),
    ...optional.map((member) => ({
      name: member.name,
      default_value: defaults.get(member.name) ?? null,
      type: typeText(schemas, member),
    })),
  ];
}

/** The type as its author wrote it, or as the compiler found out; null for what may be anything. */
function typeText({ checker }: TypeSchemas, { type, node }: { type: Type; node: TypeNode | undefined }): string | null {
  if (node !== undefined) return node.getText().replace(/\s+/g, ' ');
  return type.flags & ts.TypeFlags.Any ? null : checker.typeToString(withoutUndefined(type));
}
