/**
 * Owns the figures of a running job. Calls only add to numbers here; what a scrape shows is made at the scrape
 * (metrics.ts), so that a job which nobody scrapes never loads the metrics library.
 */
import type { Fault } from './core/errors.ts';

/** Upper bounds of the histograms' buckets, in seconds; the last bucket has none. */
export const BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 25, 50, 75, 100, 250, 500,
  750, 1000,
];

/** Figures that are looked at when somebody scrapes, instead of being kept up to date. */
export interface LiveFigures {
  readonly queueLength: number;
  readonly busyWorkers: number;
  readonly runningCalls: number;
  readonly logLinesDropped: number;
  readonly workers: readonly { readonly worker: string; readonly pid: number }[];
}

export class JobMetrics {
  /** Every HTTP request, probes included. */
  readonly http = new HttpStats();
  readonly endpoints = new Map<string, EndpointStats>();
  readonly restarts = new Map<string, number>();
  readonly errors = new Map<Fault, number>();
  /** Results without their declared form, by endpoint. */
  readonly invalidResults = new Map<string, number>();
  readonly live: () => LiveFigures;

  constructor(live: () => LiveFigures) {
    this.live = live;
  }

  /** The figures of one endpoint, such as `/perform`. Ask once per endpoint, not once per call. */
  endpoint(path: string): EndpointStats {
    const known = this.endpoints.get(path);
    if (known) return known;
    const stats = new EndpointStats();
    this.endpoints.set(path, stats);
    return stats;
  }

  workerRestarted(reason: string): void {
    this.restarts.set(reason, (this.restarts.get(reason) ?? 0) + 1);
  }

  resultWasInvalid(path: string): void {
    this.invalidResults.set(path, (this.invalidResults.get(path) ?? 0) + 1);
  }

  errorAnswered(fault: Fault): void {
    this.errors.set(fault, (this.errors.get(fault) ?? 0) + 1);
  }
}

export class EndpointStats {
  readonly durations = new DurationHistogram();
  /** Calls that failed for any reason after their input was accepted. */
  failures = 0;
  /** When the last call ended, in Unix seconds; 0 before the first. */
  lastCall = 0;
  #running = 0;
  #shownStarted = 0;

  started(): void {
    this.#running += 1;
  }

  /** `counted` is false for a call whose input was refused before the job's code ran: it leaves no trace. */
  done(seconds: number, failed: boolean, counted: boolean): void {
    this.#running -= 1;
    if (!counted) return;
    this.durations.observe(seconds);
    this.lastCall = Date.now() / 1000;
    if (failed) this.failures += 1;
  }

  get finished(): number {
    return this.durations.count;
  }

  /**
   * How many calls have started, as far as a scrape may say. Whether a running call counts is known only at its end;
   * the figure stands still rather than fall when one turns out not to.
   */
  startedSoFar(): number {
    this.#shownStarted = Math.max(this.#shownStarted, this.finished + this.#running);
    return this.#shownStarted;
  }
}

class HttpStats {
  readonly durations = new DurationHistogram();
  startedCount = 0;
  serverErrors = 0;

  started(): void {
    this.startedCount += 1;
  }

  done(seconds: number): void {
    this.durations.observe(seconds);
  }

  /** An answer with status 500. */
  serverError(): void {
    this.serverErrors += 1;
  }
}

export class DurationHistogram {
  /** Observations per bucket, not cumulated. */
  readonly counts = new Float64Array(BUCKETS.length + 1);
  sum = 0;
  count = 0;

  observe(seconds: number): void {
    let low = 0;
    let high = BUCKETS.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seconds <= (BUCKETS[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
    this.sum += seconds;
    this.count += 1;
  }
}
