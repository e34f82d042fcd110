/** Owns the text of the job's own metrics: gauges, written the way Python writes numbers. */
import type { CustomMetric } from './protocol/messages.ts';

interface Gauge {
  readonly name: string;
  readonly help: string;
  /** By their labels as written: of two values for one series the later one stands. */
  readonly samples: Map<string, number>;
}

/** Several items of one name become one block; a name that is `taken` already is left out, with a note in its place. */
export function exposeCustomMetrics(custom: readonly CustomMetric[], taken: ReadonlySet<string>): string {
  const gauges = new Map<string, Gauge>();
  const refused = new Set<string>();
  for (const metric of custom) {
    const name = legalName(metric.name);
    if (taken.has(name)) refused.add(name);
    else addSample(gauges, name, metric);
  }
  const notes = [...refused].map((name) => `\n# The job's metric ${name} is left out: the name is in use already.\n`);
  return [...gauges.values()].map(gaugeText).join('') + notes.join('');
}

function addSample(gauges: Map<string, Gauge>, name: string, metric: CustomMetric): void {
  const help = metric.description?.trim() || 'A metric of the job.';
  const gauge = gauges.get(name) ?? { name, help, samples: new Map<string, number>() };
  gauge.samples.set(labelsText(metric.labels ?? {}), numberOf(metric.value));
  gauges.set(name, gauge);
}

function gaugeText({ name, help, samples }: Gauge): string {
  const lines = [...samples].map(([labels, value]) => `${name}${labels} ${floatText(value)}\n`);
  return `\n# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

/** The same set of labels gives the same text, in whatever order it was given. */
function labelsText(labels: { readonly [label: string]: string }): string {
  const named = new Map(Object.entries(labels).map(([label, value]) => [legalLabel(label), String(value)]));
  if (named.size === 0) return '';
  const sorted = [...named].sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',')}}`;
}

/** JSON has no way to write what is no finite number: those come as text. */
const numberOf = (value: CustomMetric['value']): number =>
  typeof value === 'number' ? value : Number(value.replace('Inf', 'Infinity'));

/** `5.0`, `1.2`, `+Inf`, as Python's client writes floats. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

const legalName = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d|$)/, '_');

const legalLabel = (label: string): string => label.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
