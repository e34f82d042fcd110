/** Owns `racetrack-wrapper verify`: examines a target against the job contract, shows what comes of it, and ends with the verdict. */
import { writeFileSync } from 'node:fs';
import { stdout } from 'node:process';
import { messageOf, UserError } from '../core/errors.ts';
import { packageVersion } from '../core/package-root.ts';
import { RULE_GROUPS } from '../verify/catalogue.ts';
import { readVerifyConfig } from '../verify/config.ts';
import type { RuleResult } from '../verify/examination.ts';
import { createReport } from '../verify/report.ts';
import { verify as examine, type VerifyOrder } from '../verify/verify.ts';
import { chosenRules, limitsOf, settingsOf, skippedRules } from './verify-choice.ts';
import type { VerifyOptions } from './verify-options.ts';
import { VerifyOutput } from './verify-output.ts';
import { configBeside, createTarget } from './verify-target.ts';

const INTERRUPTED_EXIT = 130;

/** Sets exit code 1 when a rule fails. Rejects with a UserError when the target cannot be examined. */
export async function verify(
  target: string | undefined,
  runArgs: readonly string[],
  options: VerifyOptions,
): Promise<void> {
  if (options.list) {
    stdout.write(listing());
    return;
  }
  const order = readOrder(target, runArgs, options);
  const strict = options.strict === true;
  const started = new Date();
  const output = new VerifyOutput(stdout, strict);
  const results: RuleResult[] = [];
  for await (const event of examine(order)) {
    if (event.kind === 'begun') output.begun(event.rule);
    else {
      results.push(event.result);
      if (!order.signal.aborted) output.judged(event.result);
    }
  }
  if (order.signal.aborted) {
    process.exitCode = INTERRUPTED_EXIT;
    return;
  }
  const tool = `racetrack-wrapper ${packageVersion()}`;
  const report = createReport(results, { tool, target: order.target, started, seed: options.seed, strict });
  output.ended(report);
  if (options.report !== undefined) writeReport(options.report, report);
  if (!report.passed) process.exitCode = 1;
}

/** What the arguments, `verify.json` and the environment ask for. */
function readOrder(target: string | undefined, runArgs: readonly string[], options: VerifyOptions): VerifyOrder {
  const { env } = process;
  const cwd = process.cwd();
  const configFile = options.config ?? configBeside({ target, cwd });
  const config = configFile === undefined ? {} : readVerifyConfig(configFile);
  const { command, image } = options;
  return {
    target: createTarget({ target, command, image, runArgs, limits: limitsOf(options, config), cwd, env }),
    rules: chosenRules(options),
    skip: skippedRules(options, config),
    settings: settingsOf(options, config),
    totalMs: options.timeLimit * 1000,
    signal: interruption(),
  };
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once, and what it has started with it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => (controller.signal.aborted ? process.exit(INTERRUPTED_EXIT) : controller.abort());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return controller.signal;
}

function writeReport(file: string, report: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`the report cannot be written: ${messageOf(error)}`);
  }
}

function listing(): string {
  const width = Math.max(...RULE_GROUPS.flatMap(({ rules }) => rules.map(({ id }) => id.length))) + 2;
  return RULE_GROUPS.map(({ name, rules }) => {
    const lines = rules.map(({ id, level, title }) => `  ${id.padEnd(width)}${level.padEnd(8)}${title}`);
    return `${name}\n${lines.join('\n')}\n`;
  }).join('\n');
}
