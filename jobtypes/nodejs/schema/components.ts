/** Owns the shared schemas: one per type, under a name of its own, referred to as `#/components/schemas/NAME`. */
import type { JsonSchema } from '../../../wrapper/protocol/messages.ts';

const REFERENCE = '#/components/schemas/';

export class Components<Source> {
  readonly #names = new Map<Source, string>();
  readonly #schemas = new Map<string, JsonSchema>();
  /** How many types share a name. */
  readonly #counts = new Map<string, number>();

  /** The schemas by name. */
  get schemas(): { readonly [name: string]: JsonSchema } {
    return Object.fromEntries(this.#schemas);
  }

  /** A reference to the schema of a type, undefined when it has none. */
  find(source: Source): JsonSchema | undefined {
    const name = this.#names.get(source);
    return name === undefined ? undefined : { $ref: REFERENCE + name };
  }

  /** A reference to the schema of a type; its name is taken before it is built, so it may refer to itself. */
  add(source: Source, wanted: string, build: () => JsonSchema): JsonSchema {
    const reference = this.reserve(source, wanted);
    return this.fill(source, build()) ?? reference;
  }

  /** Takes a name for a type whose schema is still being built. */
  reserve(source: Source, wanted: string): JsonSchema {
    const name = this.#freeName(wanted);
    this.#names.set(source, name);
    this.#schemas.set(name, { title: wanted });
    return { $ref: REFERENCE + name };
  }

  /** Gives a type that has a name its schema; returns the reference, undefined when it has no name. */
  fill(source: Source, schema: JsonSchema): JsonSchema | undefined {
    const name = this.#names.get(source);
    if (name === undefined) return undefined;
    this.#schemas.set(name, { ...this.#schemas.get(name), ...schema });
    return { $ref: REFERENCE + name };
  }

  #freeName(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^_+|_+$/g, '') || 'Schema';
    let name = base;
    while (this.#schemas.has(name)) {
      const count = (this.#counts.get(base) ?? 1) + 1;
      this.#counts.set(base, count);
      name = `${base}_${count}`;
    }
    return name;
  }
}

/** Those of the shared schemas that the given parts refer to, directly or through others. */
export function usedSchemas(
  schemas: { readonly [name: string]: JsonSchema },
  parts: readonly unknown[],
): { [name: string]: JsonSchema } {
  const used = new Set<string>();
  const waiting = [...parts];
  while (waiting.length > 0) {
    for (const name of referencesIn(waiting.pop())) {
      if (used.has(name) || schemas[name] === undefined) continue;
      used.add(name);
      waiting.push(schemas[name]);
    }
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' && part.startsWith(REFERENCE)
      ? [part.slice(REFERENCE.length)]
      : referencesIn(part),
  );
}
