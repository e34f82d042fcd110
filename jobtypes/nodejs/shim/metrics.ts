/** Owns the job's own metrics: asks for them, and brings each into the form of the protocol. */
import { inspect } from 'node:util';
import type { CustomMetric } from '../../../wrapper/protocol/messages.ts';
import type { Job, JobFunction } from './job.ts';
import { log } from './log.ts';

/** The usable metrics of the job's `metrics()`; what is wrong with the others goes to the log. */
export async function collectMetrics(job: Job): Promise<CustomMetric[]> {
  const declare = job.member('metrics');
  if (typeof declare !== 'function') return [];
  const declared: unknown = await (declare as JobFunction).call(job.self);
  if (declared === undefined || declared === null) return [];
  if (!Array.isArray(declared)) throw new TypeError(`metrics() has to return a list, it returned ${inspect(declared)}`);
  return declared.flatMap((given: unknown) => {
    const problem = problemOf(given);
    if (problem === undefined) return readMetric(given as GivenMetric);
    log('ERROR', `invalid metric of the job is left out: ${problem} in ${inspect(given, { breakLength: 1000 })}`);
    return [];
  });
}

interface GivenMetric {
  readonly name: string;
  readonly value: unknown;
  readonly description?: unknown;
  readonly labels?: object;
}

function problemOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return "a metric has to be an object with 'name' and 'value'";
  const { name, value, labels } = given as Partial<GivenMetric>;
  if (typeof name !== 'string' || name === '') return "'name' is missing";
  if (!('value' in given)) return "'value' is missing";
  if (value !== null && value !== undefined && !isNumber(value)) return "'value' is no number";
  if (labels !== undefined && labels !== null && typeof labels !== 'object') return "'labels' has to be an object";
  return undefined;
}

const isNumber = (value: unknown): boolean =>
  ['number', 'bigint', 'boolean'].includes(typeof value) ||
  (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)));

/** None when it has no value just now. */
function readMetric({ name, value, description, labels }: GivenMetric): CustomMetric[] {
  if (value === null || value === undefined) return [];
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => [safeName(label, /\W/g), String(text)] as const);
  const metric: CustomMetric = {
    name: safeName(name, /[^\w:]/g),
    value: figureOf(Number(value)),
    ...(description ? { description: String(description) } : {}),
    ...(pairs.length > 0 ? { labels: Object.fromEntries(pairs) } : {}),
  };
  return [metric];
}

/** Prometheus takes no digit in front. */
function safeName(name: string, foreign: RegExp): string {
  const text = name.replaceAll(foreign, '_');
  return /^\d/.test(text) ? `_${text}` : text;
}

function figureOf(value: number): CustomMetric['value'] {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? '+Inf' : '-Inf';
}
