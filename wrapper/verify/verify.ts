/** Owns one run over a target: the chosen rules in their order, each announced and then judged, within one time limit. */
import { Examination, type RuleResult } from './examination.ts';
import type { Rule } from './rule.ts';
import type { VerifySettings } from './settings.ts';
import type { Target } from './target.ts';

export interface VerifyOrder {
  readonly target: Target;
  readonly rules: readonly Rule[];
  /** Ids of rules that are left out, and why. */
  readonly skip: ReadonlyMap<string, string>;
  readonly settings: VerifySettings;
  /** For all rules together, in milliseconds. */
  readonly totalMs: number;
  /** Ends the run before its next rule. */
  readonly signal: AbortSignal;
}

export type VerifyEvent =
  | { readonly kind: 'begun'; readonly rule: Rule }
  | { readonly kind: 'judged'; readonly result: RuleResult };

/** Throws a UserError when the target cannot be examined at all; leaves nothing running, however it ends. */
export async function* verify({
  target,
  rules,
  skip,
  settings,
  totalMs,
  signal,
}: VerifyOrder): AsyncGenerator<VerifyEvent> {
  const deadline = Date.now() + totalMs;
  const examination = new Examination(target, settings);
  const cut = () => void examination.end();
  signal.addEventListener('abort', cut);
  try {
    await examination.begin();
    for (const rule of rules) {
      if (signal.aborted) return;
      yield { kind: 'begun', rule };
      yield { kind: 'judged', result: await judge(rule) };
    }
  } finally {
    signal.removeEventListener('abort', cut);
    await examination.end();
  }

  async function judge(rule: Rule): Promise<RuleResult> {
    const reason = skip.get(rule.id);
    if (reason !== undefined) return { rule, outcome: 'skipped', reason, milliseconds: 0 };
    const left = deadline - Date.now();
    if (left > 0) return examination.apply(rule, left);
    return {
      rule,
      outcome: 'failed',
      expected: 'a verdict',
      came: `the ${totalMs / 1000} s for all rules are over`,
      milliseconds: 0,
    };
  }
}
