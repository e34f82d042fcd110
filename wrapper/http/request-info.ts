/** Owns the one pass over a request's raw headers: what the hot path needs from them, and whether they can be trusted. */

/** The headers that matter to the wrapper. */
export interface RequestInfo {
  contentType: string | undefined;
  contentLength: number;
  /** The body comes in chunks: its length is not known. */
  chunked: boolean;
  /** Whether the Host header is given. */
  host: boolean;
  origin: string | undefined;
  tracingId: string | undefined;
  caller: string | undefined;
  /** Seconds as written by the caller. */
  timeout: string | undefined;
  traceparent: string | undefined;
  /** The caller waits for 100 before it sends the body. */
  expectsContinue: boolean;
  /** Why the request must not be processed at all; the connection cannot be used after it. */
  problem: string | undefined;
}

export interface HeaderNames {
  readonly tracingHeader: string;
  readonly callerHeader: string;
}

/**
 * Reads names and values in turn. Refuses what intermediaries read in different ways: a Transfer-Encoding that is not exactly
 * `chunked`, repeated framing or identifying headers, a Content-Length that is no plain number.
 */
export function readRequestInfo(raw: readonly string[], names: HeaderNames): RequestInfo {
  const info: RequestInfo = {
    contentType: undefined,
    contentLength: -1,
    chunked: false,
    host: false,
    origin: undefined,
    tracingId: undefined,
    caller: undefined,
    timeout: undefined,
    traceparent: undefined,
    expectsContinue: false,
    problem: undefined,
  };
  const { tracingHeader, callerHeader } = names;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    // Looking at the length first spares most names the change of case.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') {
          if (info.host) info.problem = 'the Host header is given twice';
          info.host = true;
        }
        break;
      case 6:
        if (name.toLowerCase() === 'origin') info.origin = value;
        else if (name.toLowerCase() === 'expect') info.expectsContinue = value.toLowerCase() === '100-continue';
        break;
      case 11:
        if (name.toLowerCase() === 'traceparent') info.traceparent = value;
        break;
      case 12:
        if (name.toLowerCase() === 'content-type') {
          if (info.contentType !== undefined) info.problem = 'the Content-Type header is given twice';
          info.contentType = value;
        }
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          if (info.contentLength >= 0 || !/^\d{1,15}$/.test(value))
            info.problem = 'the Content-Length header is malformed';
          info.contentLength = Number(value);
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (info.chunked || !/^chunked$/i.test(value)) {
            info.problem = 'only "Transfer-Encoding: chunked" is supported, once';
          }
          info.chunked = true;
        } else if (name.toLowerCase() === 'x-request-timeout') {
          info.timeout = value;
        }
        break;
    }
    if (name.length === tracingHeader.length && name.toLowerCase() === tracingHeader) info.tracingId = value;
    else if (name.length === callerHeader.length && name.toLowerCase() === callerHeader) info.caller = value;
  }
  if (info.chunked && info.contentLength >= 0) info.problem = 'Content-Length and Transfer-Encoding exclude each other';
  return info;
}

/** Whether a body of this media type is decoded as JSON. A body without a type is: `curl` users forget it. */
export function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json') return true;
  const type = (contentType.split(';', 1)[0] as string).trim().toLowerCase();
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

/** The caller may ask for less time than the server allows, not for more; undefined for what is no time. */
export function shorterTimeout(limitMs: number, asked: string | undefined): number | undefined {
  if (asked === undefined) return limitMs;
  const milliseconds = Number(asked) * 1000;
  if (!(milliseconds > 0) || asked.trim() === '') return undefined;
  return limitMs > 0 ? Math.min(limitMs, milliseconds) : milliseconds;
}
