/** Owns the JSON that travels inside the worker protocol's frames: what a job is, and what its replies mean. */
import type { Fault } from '../core/errors.ts';

export type { Fault };

/** A JSON Schema (2020-12) or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

/** One row of `GET /api/v1/parameters`. */
export interface ParameterInfo {
  readonly name: string;
  readonly default_value?: unknown;
  readonly type: string | null;
}

/** A path or query parameter of an endpoint, for OpenAPI. */
export interface RequestParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
}

/** One endpoint of the job. Its place in `JobDescription.endpoints` is its number on the wire. */
export interface EndpointDescription {
  readonly kind: 'perform' | 'auxiliary' | 'auxiliary_v2';
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`, with a leading slash; may hold `{name}` segments. */
  readonly path: string;
  /** The de-indented docstring, if any. */
  readonly doc: string | null;
  /** The documented example of the input, null when there is none. */
  readonly example: unknown;
  /** The signature, as `GET /api/v1/parameters` shows it. */
  readonly parameters: readonly ParameterInfo[];
  /** Schema of the request body; null when the endpoint takes none. */
  readonly body: JsonSchema | null;
  /** Whether the body may not be left out; only looked at with `auxiliary_v2`, elsewhere `body` and `example` tell. */
  readonly bodyRequired: boolean;
  readonly bodyMediaType: string;
  /** Path and query parameters. */
  readonly request: readonly RequestParameter[];
  /** Schema of the answer; null when unknown. */
  readonly response: JsonSchema | null;
  /** Declared `async`: it waits on an event loop instead of holding a thread. */
  readonly async: boolean;
  /** Whether it yields its answer piece by piece. */
  readonly streaming: boolean;
  /**
   * Whether inputs are checked against `body` before the job sees them, unless the manifest switches that off; false: the endpoint
   * sees to that itself. When absent, `jobtype_extra.validate` decides.
   */
  readonly validate?: boolean;
  /** Options of the operation in OpenAPI (`tags`, `summary`, `deprecated`, …), as the job gave them. */
  readonly options: { readonly [name: string]: unknown };
}

export interface StaticFile {
  /** Below `/api/v1`, with a leading slash. */
  readonly path: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** Media type as sent, charset included where it applies; empty: that of the file's name. */
  readonly mediaType: string;
}

/** Everything the front end needs to know about a job; sent once in `ready`. */
export interface JobDescription {
  readonly language: string;
  readonly languageVersion: string;
  /** Name of the class or function. */
  readonly entrypoint: string;
  /** The docstring of the class, if any. */
  readonly doc: string | null;
  readonly endpoints: readonly EndpointDescription[];
  /** Shared schemas that the endpoints' schemas refer to as `#/components/schemas/NAME`. */
  readonly schemas: { readonly [name: string]: JsonSchema };
  readonly staticFiles: readonly StaticFile[];
  /** The kind of user interface below `/api/v1/webview`: Python's two, or an HTTP handler; null when there is none. */
  readonly webview: 'wsgi' | 'asgi' | 'http' | null;
  /** Whether `collect` has something to collect. */
  readonly metrics: boolean;
}

export interface Hello {
  readonly protocol: number;
  readonly language: string;
  readonly version: string;
  readonly pid: number;
}

export interface Phase {
  readonly phase: 'importing' | 'imported' | 'constructing' | 'describing';
  /** With `imported`: whether workers can be forked from this process. */
  readonly forks?: boolean;
}

/** The job could not be started. */
export interface StartFailure {
  /** One line: `message, cause=Type, traceback=file:line, …`. */
  readonly error: string;
  readonly type: string;
  /** What the user can do about it, when the shim knows. */
  readonly hint?: string;
}

/** Meta of a `call`. Every member is optional on the wire. */
export interface CallMeta {
  readonly method?: string | undefined;
  /** The path as requested, without the query. */
  readonly path?: string;
  readonly query?: string;
  /** Values of the `{name}` segments, percent-decoded. */
  readonly params?: { readonly [name: string]: string } | undefined;
  /** Names and values in turn, as received. */
  readonly headers?: readonly string[];
  readonly client?: string | undefined;
  /** When the caller stops waiting, in milliseconds since 1970; absent when there is no limit. */
  readonly deadline?: number | undefined;
  /** Absolute path of a file that holds the body, when it was too large to be kept in memory; the frame's body is then empty. */
  readonly bodyFile?: string | undefined;
}

/** Meta of an `http` frame: a request for the job's own user interface. */
export interface HttpMeta {
  readonly method: string;
  /** The full path, percent-encoded as received. */
  readonly path: string;
  readonly query: string;
  /** The part of the path that belongs to the mount: `/pub/job/x/latest/api/v1/webview`. */
  readonly mount: string;
  readonly headers: readonly string[];
  readonly client: readonly [string, number];
  readonly websocket: boolean;
}

/** Meta of a `result` or of the first `chunk`; nothing at all means 200 and `application/json`. */
export interface ReplyMeta {
  readonly status?: number;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  /** The media type; wins over `headers`. */
  readonly mediaType?: string;
}

/** Meta of an `error`; its body is the JSON that the caller receives. */
export interface ErrorMeta extends ReplyMeta {
  readonly status: number;
  readonly fault: Fault;
  /** The message for the log; empty when the error is not to be logged. */
  readonly message: string;
  /** Type of the root cause, and `file:line` of every frame, the user's own last. */
  readonly cause?: string;
  readonly traceback?: string;
  /** False when the input was refused before the job's code ran (422): such calls do not count in the job's metrics. */
  readonly counted: boolean;
  /** With `end`: the stream itself has told the caller, its body is complete. */
  readonly inBand?: boolean;
}

/** Body of a `log` frame. */
export interface LogRecord {
  readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  readonly message: string;
  /** A line that the job formatted itself: written as it is. */
  readonly verbatim?: boolean;
  readonly extra?: { readonly [key: string]: unknown };
}

/** One item of the job's own metrics. */
export interface CustomMetric {
  readonly name: string;
  readonly value: number | 'NaN' | '+Inf' | '-Inf';
  readonly description?: string;
  readonly labels?: { readonly [label: string]: string };
}

/** How a forked worker ended. */
export interface Exited {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
}
