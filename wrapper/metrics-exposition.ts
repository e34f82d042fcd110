/** Owns what a scrape shows: the names, labels and help texts of the metrics, and the job's own ones after them. */
import { Registry } from 'prom-client';
import { exposeCustomMetrics } from './metrics-custom.ts';
import type { Family, Sample } from './metrics-family.ts';
import { BUCKETS, type DurationHistogram, type JobMetrics } from './metrics-figures.ts';
import { processFamilies, workerFamilies } from './metrics-process.ts';
import type { CustomMetric } from './protocol/messages.ts';

/** The part of a registry that is used: it asks a metric for its values when it writes the text. */
interface PullRegistry {
  registerMetric(metric: { get(): Promise<object> }): void;
  metrics(): Promise<string>;
}

export async function exposeMetrics(metrics: JobMetrics, custom: readonly CustomMetric[]): Promise<string> {
  const live = metrics.live();
  const families = [
    ...jobFamilies(metrics),
    ...httpFamilies(metrics),
    ...runnerFamilies(metrics),
    ...workerFamilies(live.workers),
    ...processFamilies(),
  ];
  const registry: PullRegistry = new Registry();
  for (const family of families) registry.registerMetric(pulled(family));
  const builtIn = await registry.metrics();
  return builtIn + exposeCustomMetrics(custom, takenNames(families));
}

function pulled(family: Family): { name: string; get(): Promise<Family> } {
  return { name: family.name, get: () => Promise.resolve(family) };
}

/** The names of the families, and those that their lines bear. */
function takenNames(families: readonly Family[]): Set<string> {
  const histograms = families.filter((family) => family.type === 'histogram').map((family) => family.name);
  const lines = histograms.flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]);
  return new Set([...families.map((family) => family.name), ...lines]);
}

function jobFamilies(metrics: JobMetrics): Family[] {
  const endpoints = [...metrics.endpoints].map(([endpoint, stats]) => ({
    labels: { endpoint },
    stats,
    started: stats.startedSoFar(),
  }));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return [
    counter('requests_started_total', 'Calls of the job that were started.', sum(endpoints.map((e) => e.started))),
    counter('requests_done_total', 'Calls of the job that have ended.', sum(endpoints.map((e) => e.stats.finished))),
    {
      name: 'endpoint_requests_started_total',
      help: 'Calls that were started, by endpoint.',
      type: 'counter',
      values: endpoints.filter((e) => e.started > 0).map((e) => ({ labels: e.labels, value: e.started })),
    },
    {
      name: 'request_internal_errors_total',
      help: 'Calls that ended with an error of any kind, by endpoint.',
      type: 'counter',
      values: endpoints.filter((e) => e.stats.failures > 0).map((e) => ({ labels: e.labels, value: e.stats.failures })),
    },
    {
      name: 'request_duration',
      help: 'Seconds that calls took, waiting included, by endpoint.',
      type: 'histogram',
      values: endpoints
        .filter((e) => e.stats.finished > 0)
        .flatMap((e) => histogramSamples('request_duration', e.stats.durations, e.labels)),
    },
    gauge(
      'last_call_timestamp',
      'When the last call ended, in Unix seconds; 0 before the first.',
      Math.max(0, ...endpoints.map((e) => e.stats.lastCall)),
    ),
  ];
}

function httpFamilies({ http }: JobMetrics): Family[] {
  return [
    counter('commons_requests_started_total', 'HTTP requests that were received.', http.startedCount),
    counter('commons_requests_done_total', 'HTTP requests that were answered.', http.durations.count),
    {
      name: 'commons_request_duration',
      help: 'Seconds that HTTP requests took.',
      type: 'histogram',
      values: histogramSamples('commons_request_duration', http.durations, {}),
    },
    counter('commons_internal_server_errors_total', 'HTTP requests answered with status 500.', http.serverErrors),
  ];
}

function runnerFamilies(metrics: JobMetrics): Family[] {
  const live = metrics.live();
  return [
    gauge('racetrack_queue_length', 'Calls that wait for their turn.', live.queueLength),
    gauge('racetrack_running_calls', 'Calls that are running.', live.runningCalls),
    gauge('racetrack_busy_workers', 'Workers that run at least one call.', live.busyWorkers),
    {
      name: 'racetrack_worker_restarts_total',
      help: 'Workers that were replaced, by reason.',
      type: 'counter',
      values: [...metrics.restarts].map(([reason, value]) => ({ labels: { reason }, value })),
    },
    {
      name: 'racetrack_errors_total',
      help: 'Error answers, by who has to act on them.',
      type: 'counter',
      values: [...metrics.errors].map(([fault, value]) => ({ labels: { fault }, value })),
    },
    {
      name: 'racetrack_invalid_results_total',
      help: 'Results that did not have their declared form.',
      type: 'counter',
      values: [...metrics.invalidResults].map(([endpoint, value]) => ({ labels: { endpoint }, value })),
    },
    counter(
      'racetrack_log_lines_dropped_total',
      'Log lines that were dropped because nobody read them fast enough.',
      live.logLinesDropped,
    ),
  ];
}

/** The bounds are written as the Python client writes them, so that a job's series go on when it moves here. */
const BOUNDS = [...BUCKETS.map((bound) => (Number.isInteger(bound) ? `${bound}.0` : String(bound))), '+Inf'];

function histogramSamples(
  name: string,
  histogram: DurationHistogram,
  labels: { readonly [label: string]: string },
): Sample[] {
  let total = 0;
  const buckets = BOUNDS.map((le, index): Sample => {
    total += histogram.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: histogram.sum },
    { metricName: `${name}_count`, labels, value: histogram.count },
  ];
}

function counter(name: string, help: string, value: number): Family {
  return { name, help, type: 'counter', values: [{ value }] };
}

function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', values: [{ value }] };
}
