/** Owns asking a worker for the job's own metrics. */
import { type Frame, FrameType } from '../protocol/frame.ts';
import type { CustomMetric } from '../protocol/messages.ts';
import { parse, type Worker } from './worker.ts';

/** How long a scrape waits for the job: Prometheus itself gives up after ten seconds. */
const COLLECT_MS = 5_000;

/** The job's own metrics; none when the worker is gone or too slow, so that a scrape always succeeds. */
export function collectMetrics(worker: Worker): Promise<readonly CustomMetric[]> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, COLLECT_MS, []).unref();
    const finish = (items: readonly CustomMetric[]) => {
      clearTimeout(timer);
      resolve(items);
    };
    worker.exchange(FrameType.collect, {
      onFrame: (frame: Frame) => finish(parse<CustomMetric[]>(frame.body)),
      onWorkerLost: () => finish([]),
      check: () => {},
    });
  });
}
