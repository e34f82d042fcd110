/** Owns the lines about requests: which are shown, and what they say. */
import type { WrapperConfig } from '../config.ts';
import type { Fields, Logger } from '../core/log.ts';
import type { RequestInfo } from './request-info.ts';

/** Asked every few seconds by machines: only unusual answers of these are worth a line. */
const QUIET = new Set(['/live', '/live/', '/ready', '/ready/', '/health', '/health/', '/metrics', '/metrics/']);

export class AccessLog {
  readonly #logger: Logger;
  readonly #logCaller: boolean;
  readonly #arrivals: boolean;
  readonly #results: boolean;

  constructor(logger: Logger, config: Pick<WrapperConfig, 'accessLog' | 'logCaller'>) {
    this.#logger = logger;
    this.#logCaller = config.logCaller;
    this.#arrivals = config.accessLog && logger.shows('DEBUG');
    this.#results = config.accessLog && logger.shows('INFO');
  }

  arrived(method: string, uri: string, info: RequestInfo): void {
    if (this.#arrivals && !QUIET.has(uri)) this.#logger.log('DEBUG', `Request: ${method} ${uri}`, this.fields(info));
  }

  answered(method: string, uri: string, info: RequestInfo, status: number): void {
    if (!this.#results || (status === 200 && QUIET.has(uri))) return;
    this.#logger.log('INFO', `${method} ${uri} ${status}`, this.fields(info));
  }

  /** What ties a line to its request. */
  fields(info: RequestInfo): Fields | undefined {
    if (info.tracingId === undefined && (info.caller === undefined || !this.#logCaller)) return undefined;
    return { tracing_id: info.tracingId, caller_name: this.#logCaller ? info.caller : undefined };
  }
}
