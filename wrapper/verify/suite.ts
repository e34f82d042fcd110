/** Owns the rules as a suite of tests: one test for each, for whatever test runner the author of a job type uses. */
import { RULE_GROUPS } from './catalogue.ts';
import { Examination } from './examination.ts';
import type { Rule } from './rule.ts';
import { DEFAULT_SETTINGS, type VerifySettings } from './settings.ts';
import type { Target } from './target.ts';

/** What the suite needs from a test runner; vitest's functions of these names fit. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  test: {
    (name: string, body: (context: { skip(reason?: string): void }) => Promise<void>, limitMs: number): unknown;
    skip(name: string, body: () => void): unknown;
  };
  beforeAll(body: () => Promise<void>, limitMs: number): unknown;
  afterAll(body: () => Promise<void>, limitMs: number): unknown;
}

export interface SuiteOptions extends Partial<VerifySettings> {
  readonly target: Target;
  /** Rules that are left out, by id, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Fail where a rule cannot be applied, instead of skipping its test with the reason. */
  readonly complete?: boolean;
}

const START_LIMIT_MS = 90_000;
/** The rule itself gives up sooner, and says why. */
const MARGIN_MS = 30_000;

/** Registers one test for each rule; they run in order, on one subject. */
export function contractSuite(
  { target, skip = {}, complete = false, ...given }: SuiteOptions,
  runner: TestRunner,
): void {
  const { describe, test, beforeAll, afterAll } = runner;
  const settings = { ...DEFAULT_SETTINGS, ...given };
  describe(`the job contract, ${target.name}`, () => {
    const examination = new Examination(target, settings);
    beforeAll(() => examination.begin(), START_LIMIT_MS);
    afterAll(() => examination.end(), START_LIMIT_MS);
    for (const { name, rules } of RULE_GROUPS) describe(name, () => rules.forEach(register));

    function register(rule: Rule): void {
      const title = `${rule.id}: ${rule.title}`;
      const reason = skip[rule.id];
      if (reason === undefined) test(title, (context) => judge(rule, context), settings.ruleMs + MARGIN_MS);
      else test.skip(`${title} (skipped: ${reason})`, () => {});
    }

    async function judge(rule: Rule, context: { skip(reason?: string): void }): Promise<void> {
      const { outcome, expected, came, reason } = await examination.apply(rule);
      if (outcome === 'failed') throw new Error(`expected ${expected}\ncame ${came}`);
      if (outcome !== 'not applicable') return;
      if (complete) throw new Error(`the rule cannot be applied: ${reason}`);
      context.skip(reason);
    }
  });
}
