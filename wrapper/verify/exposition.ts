/** Owns a strict reader of the text format of Prometheus: anything that breaks it is an error. */

export interface ParsedSample {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly ParsedSample[];
  /** The value of one series, by its whole set of labels. */
  value(name: string, labels?: { readonly [label: string]: string }): number | undefined;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = 'counter|gauge|histogram|summary|untyped';
const SUFFIXES: { readonly [type: string]: readonly string[] } = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/** Throws at the first line that breaks the format, naming it. */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const reader = new Reader();
  for (const line of text.slice(0, -1).split('\n')) reader.read(line);
  reader.finish();
  return { samples: reader.samples, value: (name, labels = {}) => reader.bySeries.get(seriesKey(name, labels)) };
}

const seriesKey = (name: string, labels: { readonly [label: string]: string }): string =>
  name + JSON.stringify(Object.entries(labels).sort());

class Reader {
  readonly samples: ParsedSample[] = [];
  readonly bySeries = new Map<string, number>();
  readonly #helped = new Set<string>();
  readonly #types = new Map<string, string>();
  #family = '';

  read(line: string): void {
    const help = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (${TYPES})$`).exec(line);
    if (help) this.#openFamily(help[1] ?? '', help[2] ?? '');
    else if (type) this.#typeFamily(type[1] ?? '', type[2] ?? '');
    else if (/^# (HELP|TYPE)/.test(line)) throw new Error(`malformed: ${line}`);
    else if (line !== '' && !line.startsWith('# ')) this.#readSample(line);
  }

  /** Buckets must rise, end with +Inf, and agree with the count. */
  finish(): void {
    for (const [name, type] of this.#types) {
      if (type === 'histogram') this.#checkHistogram(name);
    }
  }

  #openFamily(name: string, help: string): void {
    if (this.#helped.has(name)) throw new Error(`a second HELP for ${name}`);
    if (/\\(?![\\n])/.test(help.replaceAll('\\\\', ''))) throw new Error(`a stray backslash in the HELP of ${name}`);
    this.#helped.add(name);
    this.#family = name;
  }

  #typeFamily(name: string, type: string): void {
    if (this.#types.has(name)) throw new Error(`a second TYPE for ${name}`);
    this.#types.set(name, type);
    this.#family = name;
  }

  #readSample(line: string): void {
    const match = new RegExp(`^(${NAME})(\\{.*\\})? (\\S+)( -?\\d+)?$`).exec(line);
    if (!match) throw new Error(`malformed: ${line}`);
    const [name, value] = [match[1] ?? '', parseValue(match[3] ?? '', line)];
    this.#checkFamily(name, line);
    const labels = parseLabels(match[2] ?? '', line);
    const key = seriesKey(name, labels);
    if (this.bySeries.has(key)) throw new Error(`a second value for one series: ${line}`);
    this.bySeries.set(key, value);
    this.samples.push({ name, labels, value });
  }

  #checkFamily(name: string, line: string): void {
    const type = this.#types.get(this.#family);
    const names = (SUFFIXES[type ?? ''] ?? ['']).map((suffix) => this.#family + suffix);
    if (type === undefined || !names.includes(name)) throw new Error(`outside of its family: ${line}`);
  }

  #checkHistogram(name: string): void {
    const groups = new Map<string, ParsedSample[]>();
    for (const sample of this.samples.filter((each) => each.name === `${name}_bucket`)) {
      const { le: _, ...labels } = sample.labels;
      const key = seriesKey(`${name}_count`, labels);
      groups.set(key, [...(groups.get(key) ?? []), sample]);
    }
    for (const [count, buckets] of groups) {
      const last = buckets.at(-1);
      const rises = buckets.every((bucket, index) => bucket.value >= (buckets[index - 1]?.value ?? 0));
      const complete = last?.labels.le === '+Inf' && last.value === this.bySeries.get(count);
      if (!rises || !complete) throw new Error(`the buckets of ${count} do not add up`);
    }
  }
}

function parseValue(text: string, line: string): number {
  if (text === 'NaN') return Number.NaN;
  if (/^[+-]Inf$/.test(text)) return text === '+Inf' ? Infinity : -Infinity;
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) throw new Error(`not a number: ${line}`);
  return Number(text);
}

function parseLabels(text: string, line: string): { [label: string]: string } {
  const labels: { [label: string]: string } = {};
  let rest = text === '' ? '' : text.slice(1, -1);
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    if (!match?.[1]) throw new Error(`malformed labels: ${line}`);
    if (match[1] in labels) throw new Error(`a label twice: ${line}`);
    labels[match[1]] = (match[2] ?? '').replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
    rest = rest.slice(match[0].length);
  }
  return labels;
}
