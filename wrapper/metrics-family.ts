/** Owns the shape of one metric as a scrape shows it. */

export interface Sample {
  readonly value: number;
  readonly labels?: { readonly [label: string]: string };
  /** The name of this line, when it is not the family's. */
  readonly metricName?: string;
}

/** Everything below one HELP and one TYPE line. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Sample[];
}
