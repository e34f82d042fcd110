/** Owns what a function's signature says: its input and its comment. */
import type { BindingElement, Declaration, Type, TypeNode } from 'typescript';
import type { JsonSchema, ParameterInfo } from '../../../wrapper/protocol/messages.ts';
import { describeAnswer } from './answers.ts';
import { ts } from './compiler.ts';
import { constantOf } from './constants.ts';
import type { FunctionTypes } from './description.ts';
import { commentOf, withDefault } from './doc-tags.ts';
import type { JobFunction } from './job-functions.ts';
import { isRecord, type Member, membersInJson } from './objects.ts';
import { asWritten, isUndefined, membersOf, writtenType } from './type-nodes.ts';
import type { TypeSchemas } from './type-schemas.ts';

type Input = Pick<FunctionTypes, 'body' | 'bodyRequired' | 'parameters'>;

/** What the parameter itself says about a member: that it may be left out, and what it is then. */
type Defaults = ReadonlyMap<string, unknown>;

const ANYTHING: Input = {
  body: { title: 'Payload', type: 'object', properties: {}, additionalProperties: true },
  bodyRequired: false,
  parameters: [],
};

/** Undefined for what cannot be called. */
export function describeFunction(schemas: TypeSchemas, { symbol, type }: JobFunction): FunctionTypes | undefined {
  const signature = type.getCallSignatures().at(-1);
  if (signature === undefined) return undefined;
  const doc = (symbol && commentOf(symbol, schemas.checker)) ?? commentOf(signature, schemas.checker);
  const [parameter] = signature.parameters;
  const declaration = parameter?.valueDeclaration;
  const isRest = declaration !== undefined && ts.isParameter(declaration) && declaration.dotDotDotToken !== undefined;
  const input =
    parameter === undefined || isRest
      ? ANYTHING
      : describeInput(schemas, parameter.name, {
          type: schemas.checker.getTypeOfSymbol(parameter),
          declaration,
        });
  return { doc, ...input, ...describeAnswer(schemas, signature) };
}

interface Parameter {
  readonly type: Type;
  readonly declaration: Declaration | undefined;
}

function describeInput(schemas: TypeSchemas, name: string, { type, declaration }: Parameter): Input {
  const node = writtenType(declaration);
  const isOptional =
    declaration !== undefined && ts.isParameter(declaration) && schemas.checker.isOptionalParameter(declaration);
  const given = withoutUndefined(asWritten(schemas, type, node));
  const schema = schemas.inPlace(given, node);
  if (Object.keys(schema).length === 0) return ANYTHING;
  if (!isRecord(schemas, given)) {
    const row = { name, type: typeText(schemas, { type: given, node }) };
    return { body: { title: 'Payload', ...schema }, bodyRequired: !isOptional, parameters: [row] };
  }
  const defaults = defaultsOf(schemas, declaration);
  const body = payload(schema, defaults);
  const bodyRequired = !isOptional && body.required !== undefined;
  return { body, bodyRequired, parameters: parameterRows(schemas, membersInJson(schemas, given), defaults) };
}

/** The only type beside `undefined`, when there is just one. */
function withoutUndefined(type: Type): Type {
  const [only, ...others] = membersOf(type).filter((member) => !isUndefined(member));
  return only === undefined || others.length > 0 ? type : only;
}

/** The type of an input is a hint and no more: it may hold further names. */
function payload(schema: JsonSchema, defaults: Defaults): JsonSchema {
  const {
    properties = {},
    required = [],
    additionalProperties = true,
  } = schema as {
    properties?: { [name: string]: JsonSchema };
    required?: string[];
    additionalProperties?: unknown;
  };
  const shown = Object.entries(properties).map(([name, member]) => [name, withDefault(member, defaults.get(name))]);
  const needed = required.filter((name) => !defaults.has(name));
  return {
    title: 'Payload',
    type: 'object',
    properties: Object.fromEntries(shown),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties,
  };
}

/** Defaults in a destructured parameter: `({ count = 3 }: Input)`. */
function defaultsOf({ checker }: TypeSchemas, declaration: Declaration | undefined): Defaults {
  if (declaration === undefined || !ts.isParameter(declaration) || !ts.isObjectBindingPattern(declaration.name))
    return new Map();
  return new Map(
    declaration.name.elements.flatMap((element) =>
      element.initializer === undefined ? [] : [[memberName(element), constantOf(checker, element.initializer)]],
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
