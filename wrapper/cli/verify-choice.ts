/** Owns what the options of `verify` and `verify.json` stand for together. */
import { UserError } from '../core/errors.ts';
import { RULES } from '../verify/catalogue.ts';
import type { VerifyConfig } from '../verify/config.ts';
import { PROBES, type Rule } from '../verify/rule.ts';
import { DEFAULT_SETTINGS, type VerifySettings } from '../verify/settings.ts';
import type { KnownLimits } from '../verify/target.ts';
import type { VerifyOptions } from './verify-options.ts';

export function settingsOf(options: VerifyOptions, config: VerifyConfig): VerifySettings {
  const given = PROBES.flatMap((name) => (options[name] ? [[name, options[name]] as const] : []));
  const filed = Object.entries(config.probes ?? {}).map(
    ([name, { path, body = {} }]) => [name, { path, body }] as const,
  );
  const { maxStart, maxMemory } = options;
  return {
    ...DEFAULT_SETTINGS,
    probes: Object.fromEntries([...filed, ...given]),
    seed: options.seed,
    inputs: options.inputs,
    budgets: { startMs: maxStart === undefined ? undefined : maxStart * 1000, memory: maxMemory },
  };
}

export const limitsOf = (options: VerifyOptions, config: VerifyConfig): KnownLimits => ({
  calls: options.calls ?? config.calls,
  body: options.maxBody ?? config.maxBody,
});

/** The rules that are applied, in their order. */
export function chosenRules({ only }: VerifyOptions): readonly Rule[] {
  if (!only) return RULES;
  checkIds(only);
  return RULES.filter(({ id }) => only.includes(id));
}

/** The rules that are left out, each with its reason. */
export function skippedRules(
  { skip = [], because = [] }: VerifyOptions,
  config: VerifyConfig,
): ReadonlyMap<string, string> {
  if (skip.length !== because.length)
    throw new UserError('each --skip needs a --because', {
      hint: '--skip stream-events --because "its callers read lines only"',
      exitCode: 2,
    });
  const skipped = new Map([
    ...Object.entries(config.skip ?? {}),
    ...skip.map((id, at) => [id, because[at] as string] as const),
  ]);
  checkIds([...skipped.keys()]);
  return skipped;
}

function checkIds(ids: readonly string[]): void {
  const unknown = ids.find((id) => !RULES.some((rule) => rule.id === id));
  if (unknown === undefined) return;
  throw new UserError(`there is no rule "${unknown}"`, {
    hint: 'racetrack-wrapper verify --list shows them',
    exitCode: 2,
  });
}
