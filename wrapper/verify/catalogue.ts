/** Owns the list of all rules, in the order in which they are applied: what does harm comes last. */
import type { Rule, RuleGroup } from './rule.ts';
import { ADDRESS_RULES } from './rules/addresses.ts';
import { CALL_RULES } from './rules/calls.ts';
import { DEATH_RULES } from './rules/deaths.ts';
import { DOCUMENTATION_RULES } from './rules/documentation.ts';
import { INPUT_RULES } from './rules/input.ts';
import { LOAD_RULES } from './rules/load.ts';
import { OBSERVATION_RULES } from './rules/observation.ts';
import { PROBE_RULES } from './rules/probes.ts';
import { RESOURCE_RULES } from './rules/resources.ts';
import { START_RULES } from './rules/starts.ts';
import { STREAM_RULES } from './rules/streams.ts';

export const RULE_GROUPS: readonly RuleGroup[] = [
  PROBE_RULES,
  ADDRESS_RULES,
  CALL_RULES,
  DOCUMENTATION_RULES,
  OBSERVATION_RULES,
  LOAD_RULES,
  STREAM_RULES,
  INPUT_RULES,
  DEATH_RULES,
  START_RULES,
  RESOURCE_RULES,
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);

/** Where a rule is explained: a heading of docs/verify.md. */
export function pageOf(rule: Rule): string {
  const group = RULE_GROUPS.find(({ rules }) => rules.includes(rule));
  return `docs/verify.md#${group?.name.toLowerCase().replaceAll(' ', '-')}`;
}
