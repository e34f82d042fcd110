/** Owns the door to the metrics: what the front end adds to, and the text of a scrape. */
import type { JobMetrics } from './metrics-figures.ts';
import type { CustomMetric } from './protocol/messages.ts';

export { type EndpointStats, JobMetrics, type LiveFigures } from './metrics-figures.ts';

/** The text of a scrape; `custom` are the job's own metrics. The metrics library is loaded at the first one. */
export async function renderMetrics(metrics: JobMetrics, custom: readonly CustomMetric[]): Promise<string> {
  const { exposeMetrics } = await import('./metrics-exposition.ts');
  return exposeMetrics(metrics, custom);
}
