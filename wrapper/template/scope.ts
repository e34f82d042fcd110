/** Owns which names a place in a template sees. */
import type { Mapping, Value } from './values.ts';

/** A name set in a scope hides that of the scopes around it, and is gone with it. */
export class Scope {
  private readonly names: Map<string, Value>;
  private readonly around: Scope | undefined;

  constructor(around?: Scope, names: Iterable<readonly [string, Value]> = []) {
    this.around = around;
    this.names = new Map(names);
  }

  /** Undefined when there is no such name. */
  get(name: string): Value | undefined {
    return this.names.has(name) ? this.names.get(name) : this.around?.get(name);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
  }

  /** What was set in this scope itself. */
  own(): Mapping {
    return Object.fromEntries(this.names);
  }
}
