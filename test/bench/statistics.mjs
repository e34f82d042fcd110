/** Owns the sums over measurements: medians, quantiles and spreads. */

/** The value below which a share of the values lies (nearest rank); NaN when there are none. */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** The middle value, or the mean of the two in the middle; NaN when there are none. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What the rounds of a measurement come to. */
export function summarize(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), rounds: values.length };
}

/** The items, beginning one further with each round, so that none of them always comes first. */
export function rotate(items, round) {
  const start = round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
