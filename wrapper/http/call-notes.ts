/** Owns what is noted about a call, however it is run: its span, and at its end metrics, log and trace. */
import type { IncomingMessage } from 'node:http';
import type { EndpointStats } from '../metrics.ts';
import type { Fault } from '../protocol/messages.ts';
import type { CallSpan } from '../tracing.ts';
import type { FrontParts, Visit } from './job-side.ts';
import type { RequestInfo } from './request-info.ts';

/** What a finished call tells the rest of the front end. */
export interface CallOutcome {
  readonly status: number;
  readonly fault: Fault | undefined;
  /** False when the job's code did not get to see the input. */
  readonly counted: boolean;
  /** Whether the job's function failed. */
  readonly failed: boolean;
}

export interface NotedCall {
  readonly req: IncomingMessage;
  readonly info: RequestInfo;
  /** The figures of its endpoint. */
  readonly stats: EndpointStats;
  readonly span: CallSpan | undefined;
}

/** Opens the span of a call when calls are traced. */
export function startSpan({ tracing }: FrontParts, { req, info }: Visit, route: string): CallSpan | undefined {
  if (tracing === null) return undefined;
  return tracing.startCall({
    method: req.method as string,
    route,
    traceparent: info.traceparent,
    tracestate: headerText(req, 'tracestate'),
  });
}

export function noteOutcome(parts: FrontParts, call: NotedCall, outcome: CallOutcome, milliseconds: number): void {
  const { metrics, logger, log } = parts;
  const seconds = milliseconds / 1000;
  metrics.http.done(seconds);
  call.stats.done(seconds, outcome.failed, outcome.counted);
  call.span?.end({ status: outcome.status, fault: outcome.fault });
  if (outcome.fault !== undefined) metrics.errorAnswered(outcome.fault);
  if (outcome.status === 500) metrics.http.serverError();
  if (outcome.status === 499) logger.log('INFO', 'Request cancelled by the client', log.fields(call.info));
  log.answered(call.req.method as string, call.req.url as string, call.info, outcome.status);
}

function headerText(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
