/** Owns the proof that docs/verify.md and the list of rules say the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageOf, RULE_GROUPS, RULES } from '../../wrapper/verify/catalogue.ts';
import { CONVENTIONS } from '../../wrapper/verify/settings.ts';
import { anchors, PROJECT } from '../docs/markdown.ts';

const page = readFileSync(join(PROJECT, 'docs/verify.md'), 'utf8');

test.each(RULE_GROUPS)('the table of "$name" lists its rules', ({ name, rules }) => {
  const section = page.split(/^### /m).find((part) => part.startsWith(`${name}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([\w-]+)` \| (\w+) \| (.+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
  const needs = (names: readonly string[] = []) => names.map((need) => `\`${need}\``).join(', ') || '–';
  expect(rows).toEqual(rules.map((rule) => [rule.id, rule.level, needs(rule.needs), rule.title]));
});

test('every rule has an id of its own, and a heading that explains it', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  expect(
    RULES.map((rule) => pageOf(rule).split('#')[1]).filter((anchor) => !anchors(page).includes(anchor ?? '')),
  ).toEqual([]);
});

test('the probe endpoints are those that the page names', () => {
  for (const [name, { path, body }] of Object.entries(CONVENTIONS)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    expect(row).toMatch(name === 'flood' ? 'the same' : `\`POST ${path}\``);
    const [, shown = ''] = /`(\{.*?\})`/.exec(row) ?? [];
    expect(JSON.parse(shown)).toEqual(body);
  }
});
