/** Owns the answer to whether the JSON Schema of a schema of zod refuses nothing that the schema itself accepts. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';

interface Definition {
  readonly type?: string;
  /** Takes values of other types and converts them. */
  readonly coerce?: boolean;
  readonly check?: string;
  readonly format?: string;
  /** Of a date and time: without an offset, too. */
  readonly local?: boolean;
  readonly in?: ZodNode;
  readonly checks?: readonly ZodNode[];
}

/** A schema or a check of zod, as far as it is looked at. */
interface ZodNode {
  readonly _zod: { readonly def: Definition };
}

/** What zod takes for these is more than what JSON Schema has under the same name. */
const LOOSE_FORMATS = new Set(['url', 'time', 'duration', 'hostname']);

/** Of schemas that are not zod's nothing is known. */
export function isExactInput(schema: StandardSchemaV1): boolean {
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  const nodes: ZodNode[] = [];
  const override = ({ zodSchema }: { zodSchema: ZodNode }) => void nodes.push(zodSchema);
  try {
    standard.jsonSchema?.input({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any', override } });
  } catch {
    return false;
  }
  return nodes.length > 0 && nodes.every(isExact);
}

/** Looks at one schema, not at those within it. */
function isExact({ _zod: { def } }: ZodNode): boolean {
  const convertsFirst = def.type === 'pipe' && def.in?._zod.def.type === 'transform';
  const checks = [def, ...(def.checks ?? []).map((check) => check._zod.def)];
  return !def.coerce && def.type !== 'catch' && !convertsFirst && checks.every(isExactCheck);
}

/** `overwrite` changes the value (`trim`) before further checks see it. */
const isExactCheck = ({ check, format = '', local }: Definition): boolean =>
  check !== 'overwrite' && !LOOSE_FORMATS.has(format) && !(format === 'datetime' && local === true);
