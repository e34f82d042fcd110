/** Owns the options of `verify`: their names and their checks. */
import { type Command, InvalidArgumentError } from 'commander';
import { PROBES, type ProbeName } from '../verify/rule.ts';
import { DEFAULT_SETTINGS, type Probe } from '../verify/settings.ts';
import { bytes, nonNegative, positive, whole } from './options.ts';

export interface VerifyOptions extends Partial<Record<ProbeName, Probe>> {
  readonly command?: string;
  readonly image?: string;
  readonly config?: string;
  readonly calls?: number;
  readonly maxBody?: number;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly because?: readonly string[];
  readonly strict?: boolean;
  readonly list?: boolean;
  readonly report?: string;
  readonly seed: number;
  readonly inputs: number;
  readonly maxStart?: number;
  readonly maxMemory?: number;
  readonly timeLimit: number;
}

const PROBE_TEXTS: Record<ProbeName, string> = {
  perform: 'a call that works',
  slow: 'a call that takes some seconds',
  stream: 'a stream of small pieces that takes a minute',
  flood: 'a stream as fast as it can be read, of a gigabyte or without end',
  fail: 'a call that raises an error',
  crash: 'a call that ends its own process',
};

export function addVerifyOptions(command: Command): Command {
  command
    .option('--command <command>', 'start this program instead: it serves the contract itself, on PORT or {port}')
    .option('--image <name>', 'examine this image, put behind the wrapper as by "run --image"')
    .option('--config <file>', 'what is said below, as a file (default: verify.json beside the entrypoint)')
    .option('--only <rule>', 'apply this rule only; may be repeated', collect)
    .option(
      '--skip <rule>',
      'leave this rule out, for the reason of the --because that follows; may be repeated',
      collect,
    )
    .option('--because <reason>', 'why a rule is left out; one for each --skip', collect)
    .option('--strict', 'fail also when a rule of level "should" fails')
    .option('--list', 'list the rules and end')
    .option('--report <file>', 'write a report as JSON')
    .option('--calls <number>', 'how many calls the target takes at once, running and waiting', positive)
    .option('--max-body <size>', 'the largest request body that it takes', bytes)
    .option('--seed <number>', 'of the generated bad inputs', whole, DEFAULT_SETTINGS.seed)
    .option('--inputs <number>', 'generated bad inputs for each endpoint', whole, DEFAULT_SETTINGS.inputs)
    .option('--max-start <seconds>', 'fail when a start takes longer', nonNegative)
    .option('--max-memory <size>', 'fail when it takes more memory', bytes)
    .option('--time-limit <seconds>', 'for all rules together', nonNegative, 600);
  for (const name of PROBES) command.option(`--${name} <path[:json]>`, `${PROBE_TEXTS[name]}, and its input`, probe);
  return command;
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function probe(text: string): Probe {
  const [, path = '', json] = /^(\/[^:]*)(?::([\s\S]*))?$/.exec(text) ?? [];
  if (path === '') throw new InvalidArgumentError('Give a path and its input, such as \'/api/v1/slow:{"seconds":2}\'.');
  try {
    return { path, body: json === undefined ? {} : JSON.parse(json) };
  } catch {
    throw new InvalidArgumentError(`The input is no JSON: ${json}`);
  }
}
