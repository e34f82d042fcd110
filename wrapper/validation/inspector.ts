/** Owns checking texts in the thread it lives in: the quick look first, then ajv. */
import { type Acceptor, createAcceptor } from './acceptor.ts';
import type { Compiled, ValueCheck } from './compiler.ts';
import { OPEN_OBJECT } from './json-cursor.ts';
import { decodeJson, isAbsent, isBlank, isTooDense } from './json-text.ts';
import type { CheckedPart, CheckPlan, PartName } from './plan.ts';
import { TOO_COMPLEX, UNREADABLE, type Verdict } from './verdict.ts';

interface Part extends CheckedPart {
  readonly accepts: Acceptor | undefined;
}

export class Inspector {
  readonly #plan: CheckPlan;
  readonly #parts: ReadonlyMap<PartName, Part>;
  #compiling: Promise<Compiled> | undefined;
  #compiled: Compiled | undefined;

  constructor(plan: CheckPlan) {
    this.#plan = plan;
    const withAcceptor = (part: CheckedPart): Part => ({ ...part, accepts: createAcceptor(part.schema, plan) });
    this.#parts = new Map(plan.parts.map((part) => [part.name, withAcceptor(part)]));
  }

  has(name: PartName): boolean {
    return this.#parts.has(name);
  }

  /** Whether the schemas are compiled. */
  get ready(): boolean {
    return this.#compiled !== undefined;
  }

  /** Compiles the schemas; the library is loaded for the first job that needs it. */
  async compile(): Promise<Compiled> {
    this.#compiling ??= import('./compiler.ts').then(({ compileChecks }) => compileChecks(this.#plan));
    this.#compiled = await this.#compiling;
    return this.#compiled;
  }

  /** Whether a text is right for certain; false says nothing. */
  accepts(name: PartName, bytes: Buffer): boolean {
    return this.#parts.get(name)?.accepts?.(bytes) === true;
  }

  /** What the compiled schema says of a text. Throws TooCostly when the budget does not suffice. */
  inspect(name: PartName, bytes: Buffer): Verdict {
    const check = this.#compiled?.checks.get(name);
    if (!check) return undefined;
    if (bytes[0] === OPEN_OBJECT) return inspectText(check, bytes);
    const example = this.#parts.get(name)?.example;
    if (example !== undefined && isAbsent(bytes)) return inspectText(check, Buffer.from(example));
    return isBlank(bytes) ? undefined : inspectText(check, bytes);
  }
}

function inspectText(check: ValueCheck, bytes: Buffer): Verdict {
  if (isTooDense(bytes)) return TOO_COMPLEX;
  const decoded = decodeJson(bytes);
  if ('refusal' in decoded) return decoded.refusal;
  try {
    const rows = check(decoded.value);
    return rows && { status: 422, rows };
  } catch (error) {
    if (error instanceof RangeError) return UNREADABLE; // nested too deeply
    throw error;
  }
}
