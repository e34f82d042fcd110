/** Owns the description of a job's types: from its file to schemas. */
import type { InputFile } from '../input-files.ts';
import { type FunctionTypes, type TypeDescription, type TypeRequest, unknownTypes } from './description.ts';
import { commentOf } from './doc-tags.ts';
import { findFunctions, type JobFunction } from './job-functions.ts';
import { openProgram } from './program.ts';
import { describeFunction } from './signatures.ts';
import { TypeSchemas } from './type-schemas.ts';

export interface DescribedProgram {
  readonly description: TypeDescription;
  /** What the description depends on. */
  readonly inputs: readonly InputFile[];
}

/** Reads the job's file and what it imports; runs nothing. */
export function describeProgram({ entrypoint, exportName }: TypeRequest): DescribedProgram {
  const { program, inputs } = openProgram(entrypoint);
  const schemas = new TypeSchemas(program);
  const source = program.getSourceFile(entrypoint);
  const file = source && schemas.checker.getSymbolAtLocation(source);
  if (file === undefined) return { description: unknownTypes(), inputs };
  const { symbol, members, endpoints } = findFunctions(schemas.checker, file, exportName);
  // In this order, so that names without a number go to the types that matter most.
  const [performs, others] = [members.filter(isPerform), members.filter((member) => !isPerform(member))];
  const described = [performs, endpoints, others].map((functions) => describeAll(schemas, functions));
  return {
    description: {
      doc: (symbol && commentOf(symbol, schemas.checker)) ?? null,
      members: { ...described[0], ...described[2] },
      endpoints: described[1] ?? {},
      schemas: schemas.components,
      warnings: [],
    },
    inputs,
  };
}

const isPerform = ({ name }: JobFunction): boolean => name === 'perform';

function describeAll(schemas: TypeSchemas, functions: readonly JobFunction[]): { [name: string]: FunctionTypes } {
  const entries = functions.flatMap((each) => {
    const described = describeFunction(schemas, each);
    return described === undefined ? [] : [[each.name, described] as const];
  });
  return Object.fromEntries(entries);
}
