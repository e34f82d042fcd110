/** Owns what the parts of the walk over types share. */
import type { Program, Type, TypeChecker, TypeNode } from 'typescript';
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';

export interface Walk {
  readonly program: Program;
  readonly checker: TypeChecker;
  /** Schema of a type; the node, where somebody wrote it, tells names, order and comments that the type itself has forgotten. */
  schemaOf(type: Type, node?: TypeNode): JsonSchema;
}
