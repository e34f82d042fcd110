/** Owns the values that expressions in a signature stand for, as far as they are plain to see. */
import type { Expression, ObjectLiteralElementLike, TypeChecker } from 'typescript';
import { ts } from './compiler.ts';
import { literalValue } from './literals.ts';

/** The value of a default, undefined when it is only known when the code runs. */
export function constantOf(checker: TypeChecker, value: Expression): unknown {
  if (ts.isArrayLiteralExpression(value)) return listOf(checker, value.elements);
  if (ts.isObjectLiteralExpression(value)) return objectOf(checker, value.properties);
  if (ts.isParenthesizedExpression(value) || ts.isAsExpression(value) || ts.isSatisfiesExpression(value)) {
    return constantOf(checker, value.expression);
  }
  const type = checker.getTypeAtLocation(value);
  return type.flags & ts.TypeFlags.Null ? null : literalValue(type);
}

function listOf(checker: TypeChecker, items: readonly Expression[]): unknown[] | undefined {
  const values = items.map((item) => constantOf(checker, item));
  return values.includes(undefined) ? undefined : values;
}

function objectOf(checker: TypeChecker, members: readonly ObjectLiteralElementLike[]): object | undefined {
  const entries = members.map((member) => {
    const plain = ts.isPropertyAssignment(member) && !ts.isComputedPropertyName(member.name);
    return plain ? ([nameText(member.name), constantOf(checker, member.initializer)] as const) : undefined;
  });
  const known = entries.filter((entry) => entry !== undefined && entry[1] !== undefined) as [string, unknown][];
  return known.length === entries.length ? Object.fromEntries(known) : undefined;
}

const nameText = (name: { getText(): string; text?: string }): string => name.text ?? name.getText();
