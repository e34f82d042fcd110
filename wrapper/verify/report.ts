/** Owns the report of a run: the verdict, and a form of it for programs that stays as it is. */
import { pageOf, RULE_GROUPS } from './catalogue.ts';
import type { RuleResult } from './examination.ts';
import type { Level } from './rule.ts';
import type { Target } from './target.ts';

/** Members may be added; none changes its meaning while `format` stays 1. */
export interface VerifyReport {
  readonly format: 1;
  /** Name and version of what has judged. */
  readonly tool: string;
  readonly target: { readonly kind: Target['kind']; readonly name: string };
  /** ISO 8601. */
  readonly started: string;
  readonly seconds: number;
  readonly seed: number;
  readonly strict: boolean;
  readonly passed: boolean;
  readonly counts: Counts;
  readonly rules: readonly RuleReport[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly skipped: number;
}

export interface RuleReport {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly level: Level;
  readonly outcome: RuleResult['outcome'];
  readonly expected?: string;
  readonly came?: string;
  readonly reason?: string;
  readonly remark?: string;
  readonly figures?: Readonly<Record<string, number>>;
  readonly milliseconds: number;
  /** Where the rule is explained. */
  readonly page: string;
}

export interface RunFacts {
  readonly tool: string;
  readonly target: Target;
  readonly started: Date;
  readonly seed: number;
  readonly strict: boolean;
}

export function createReport(
  results: readonly RuleResult[],
  { tool, target, started, seed, strict }: RunFacts,
): VerifyReport {
  return {
    format: 1,
    tool,
    target: { kind: target.kind, name: target.name },
    started: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    seed,
    strict,
    passed: !results.some((result) => isFatal(result, strict)),
    counts: countsOf(results),
    rules: results.map(ruleReport),
  };
}

/** Whether this result alone makes the whole run fail. */
export function isFatal({ outcome, rule }: RuleResult, strict: boolean): boolean {
  return outcome === 'failed' && (strict || rule.level !== 'should');
}

function countsOf(results: readonly RuleResult[]): Counts {
  const count = (outcome: RuleResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    notApplicable: count('not applicable'),
    skipped: count('skipped'),
  };
}

function ruleReport({ rule, ...result }: RuleResult): RuleReport {
  const { id, title, level } = rule;
  const group = RULE_GROUPS.find(({ rules }) => rules.includes(rule))?.name ?? '';
  return { id, group, title, level, ...result, page: pageOf(rule) };
}
