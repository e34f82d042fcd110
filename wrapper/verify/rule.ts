/** Owns what a rule of the job contract is, and what can come of applying it. */
import type { Trial } from './trial.ts';

/** `must`: callers or the platform depend on it. `should`: good service. `info`: a figure, judged only against a budget. */
export type Level = 'must' | 'should' | 'info';

/** An endpoint whose behaviour is known, so that rules can provoke what they examine. */
export const PROBES = ['perform', 'slow', 'stream', 'flood', 'fail', 'crash'] as const;
export type ProbeName = (typeof PROBES)[number];

/** What a rule cannot do without: `process` is power over the target's processes, `limits` a known number of calls at once. */
export type Need = 'process' | 'limits' | ProbeName;

export interface Rule {
  /** Unique, in kebab case. */
  readonly id: string;
  /** What is expected, as one sentence. */
  readonly title: string;
  readonly level: Level;
  readonly needs?: readonly Need[];
  /** Resolves when the target behaves, with a remark or figures where there is something to tell; rejects with a {@link Deviation}. */
  run(trial: Trial): Promise<Remark | undefined>;
}

export interface Remark {
  readonly text: string;
  /** Figures by name; the unit is part of the name. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** Rules that belong together, and the heading of docs/verify.md that explains them. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The target does not do what the rule expects. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
  readonly expected: string;
  readonly came: string;

  constructor(expected: string, came: string) {
    super(`expected ${expected}; came ${came}`);
    this.expected = expected;
    this.came = came;
  }
}

/** The rule says nothing about this target, and why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

export function expect(holds: boolean, expected: string, came: () => string): asserts holds {
  if (!holds) throw new Deviation(expected, came());
}
