/** Owns what `verify` shows: a line for each rule, details of what is wrong, a line at the end. */
import { pageOf, RULE_GROUPS } from '../verify/catalogue.ts';
import type { RuleResult } from '../verify/examination.ts';
import { isFatal, type VerifyReport } from '../verify/report.ts';
import type { Rule } from '../verify/rule.ts';
import { colorsFor } from './colors.ts';

const ID_WIDTH = Math.max(...RULE_GROUPS.flatMap(({ rules }) => rules.map(({ id }) => id.length))) + 2;

export class VerifyOutput {
  readonly #stream: NodeJS.WriteStream;
  readonly #pc: ReturnType<typeof colorsFor>;
  readonly #strict: boolean;

  constructor(stream: NodeJS.WriteStream, strict: boolean) {
    this.#stream = stream;
    this.#pc = colorsFor(stream);
    this.#strict = strict;
  }

  /** On a terminal only: the line is replaced by the verdict. */
  begun(rule: Rule): void {
    if (this.#stream.isTTY)
      this.#stream.write(this.#pc.dim(`… ${rule.id.padEnd(ID_WIDTH)}${rule.title}`.slice(0, this.#stream.columns - 1)));
  }

  judged(result: RuleResult): void {
    const { rule, outcome, remark, reason, milliseconds } = result;
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
    const remarks = [remark, reason, milliseconds >= 1_000 ? `${(milliseconds / 1000).toFixed(1)} s` : undefined];
    const told = remarks.filter((text) => text !== undefined).join(', ');
    const aside = told === '' ? '' : this.#pc.dim(` (${outcome === 'passed' ? '' : `${outcome}: `}${told})`);
    this.#line(`${this.#mark(result)} ${rule.id.padEnd(ID_WIDTH)}${rule.title}${outcome === 'failed' ? '' : aside}`);
    if (outcome === 'failed') this.#explain(result);
  }

  ended({ passed, counts, seconds }: VerifyReport): void {
    const parts = [
      `${counts.passed} passed`,
      `${counts.failed} failed`,
      `${counts.notApplicable} not applicable`,
      `${counts.skipped} skipped`,
    ];
    const verdict = passed ? this.#pc.green('verified') : this.#pc.red('not verified');
    this.#line(`\n${verdict}: ${parts.join(', ')}, in ${seconds.toFixed(1)} s`);
  }

  #mark(result: RuleResult): string {
    if (result.outcome === 'passed') return this.#pc.green('✓');
    if (result.outcome !== 'failed') return this.#pc.dim('–');
    return isFatal(result, this.#strict) ? this.#pc.red('✗') : this.#pc.yellow('!');
  }

  #explain({ rule, expected = '', came = '' }: RuleResult): void {
    const rows = [
      ['expected', expected],
      ['came', came],
      ['read', pageOf(rule)],
    ] as const;
    for (const [name, text] of rows)
      this.#line(`    ${name.padEnd(10)}${text.trimEnd().replaceAll('\n', `\n${' '.repeat(14)}`)}`);
  }

  #line(text: string): void {
    this.#stream.write(`${text}\n`);
  }
}
