/** Owns members that arrive as texts, in the address or in a form: they become what the types of the job's function say. */
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';
import type { ErrorRow } from '../../../wrapper/validation/verdict.ts';
import type { Call } from './call.ts';
import { propertiesOf } from './contract.ts';
import type { Endpoint } from './endpoint.ts';
import { Unprocessable } from './failures.ts';
import type { PlaceOf } from './schema-check.ts';

type Members = Readonly<Record<string, unknown>>;

/** What a text of each type looks like, and what is said about another one. */
const TYPES: Readonly<Record<string, { pattern: RegExp; read(text: string): unknown; type: string; wanted: string }>> =
  {
    integer: { pattern: /^[+-]?\d+$/, read: Number, type: 'int_parsing', wanted: 'integer' },
    number: { pattern: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, read: Number, type: 'float_parsing', wanted: 'number' },
    boolean: {
      pattern: /^(true|false|1|0|yes|no|on|off)$/i,
      read: (text) => /^(true|1|yes|on)$/i.test(text),
      type: 'bool_parsing',
      wanted: 'boolean',
    },
  };

/** Path and query; a name that occurs several times has the list of its values. */
export function readAddress(call: Call): Record<string, unknown> {
  const { query } = call;
  const entries = [...new Set(query.keys())].map((name) => {
    const values = query.getAll(name);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  return { ...Object.fromEntries(entries), ...call.params };
}

/** One value for each member that is no list, the last one that was given. What a schema of the job checks is not converted here. */
export function fitTexts(given: Members, { input, schema }: Endpoint, placeOf: PlaceOf): Members {
  const properties = propertiesOf(schema);
  const rows: ErrorRow[] = [];
  const entries = Object.entries(given).map(([name, value]) => {
    const member = properties[name];
    const single = settleNumber(value, member);
    if (input !== undefined || member === undefined) return [name, single] as const;
    return [name, convert(single, member, (row) => rows.push({ ...row, ...placed(name, placeOf) }))] as const;
  });
  const missing = input === undefined && Array.isArray(schema?.required) ? (schema.required as string[]) : [];
  for (const name of missing.filter((each) => !Object.hasOwn(given, each))) {
    rows.push({ type: 'missing', msg: 'Field required', input: null, ...placed(name, placeOf) });
  }
  if (rows.length > 0)
    throw new Unprocessable(rows.map(({ type, loc, msg, ...rest }) => ({ type, loc, msg, ...rest })));
  return Object.fromEntries(entries);
}

const placed = (name: string, placeOf: PlaceOf) => ({ loc: [placeOf(name), name], pointer: `/${name}` });

function settleNumber(value: unknown, member: JsonSchema | undefined): unknown {
  if (member?.type === 'array') return Array.isArray(value) ? value : [value];
  return Array.isArray(value) && member !== undefined ? value.at(-1) : value;
}

function convert(
  value: unknown,
  schema: JsonSchema,
  refuse: (row: Pick<ErrorRow, 'type' | 'msg' | 'input'>) => void,
): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, (schema.items ?? {}) as JsonSchema, refuse));
  const choices = (Array.isArray(schema.anyOf) ? schema.anyOf : [schema]) as JsonSchema[];
  const form = choices.map(({ type }) => TYPES[String(type)]).find((each) => each !== undefined);
  if (typeof value !== 'string' || form === undefined || choices.some(({ type }) => type === 'string')) return value;
  if (form.pattern.test(value.trim())) return form.read(value.trim());
  const msg = `Input should be a valid ${form.wanted}, unable to parse string as ${form.wanted === 'integer' ? 'an' : 'a'} ${form.wanted}`;
  refuse({ type: form.type, msg, input: value });
  return value;
}
