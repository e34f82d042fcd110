/** Owns the typed way to write a job: schemas whose types flow into the functions. */
import type { StandardSchemaV1 } from '@standard-schema/spec';

type Schema = StandardSchemaV1;
type Given<S> = S extends Schema ? StandardSchemaV1.InferOutput<S> : unknown;
type Taken<S> = S extends Schema ? StandardSchemaV1.InferInput<S> : unknown;
type Made<S> = S extends Schema ? StandardSchemaV1.InferInput<S> : unknown;
type Answer<T> = T | Response | Promise<T | Response> | Iterator<unknown> | AsyncIterator<unknown>;

/** What is known about one endpoint beside its function. */
interface Contract<I, O> {
  /** Checks and converts the input before the function runs: any Standard Schema, such as zod's. */
  readonly input?: I;
  /** Checks and converts what the function returns, or each item that it yields. */
  readonly output?: O;
  /** What the documentation says about it. */
  readonly description?: string;
  /** An input for the documentation; it is also that of a call without a body. */
  readonly example?: Taken<I>;
  /** What a body has to be, `application/json` by default; `multipart/form-data` for forms with files, anything else for bytes. */
  readonly bodyMediaType?: string;
}

type Hook<T> = T | (() => T | Promise<T>);

/** One further endpoint. */
export interface Endpoint<I = undefined, O = undefined> extends Contract<I, O> {
  readonly method?: 'GET' | 'POST';
  readonly handler: (input: Given<I>, signal: AbortSignal) => Answer<Made<O>>;
  /** For the documentation: `tags`, `summary`, `deprecated`, … */
  readonly options?: Readonly<Record<string, unknown>>;
}

type Handler = (input: never, signal: AbortSignal) => unknown;

/** An endpoint whose types have done their work. */
export interface AnyEndpoint extends Omit<Contract<Schema, Schema>, 'example'> {
  readonly method?: 'GET' | 'POST';
  readonly handler: Handler;
  readonly example?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Everything that a job may define; nothing is required but what is needed. */
export interface JobDefinition<I = undefined, O = undefined> extends Omit<Contract<I, O>, 'example'> {
  readonly perform?: (input: Given<I>, signal: AbortSignal) => Answer<Made<O>>;
  readonly docsInputExample?: Hook<Taken<I>>;
  readonly docsInputExamples?: Hook<Readonly<Record<string, unknown>>>;
  readonly auxiliaryEndpoints?: Hook<Readonly<Record<string, Handler | AnyEndpoint>>>;
  readonly staticEndpoints?: Hook<Readonly<Record<string, string | readonly [path: string, mediaType: string]>>>;
  readonly webviewApp?: (basePath: string) => unknown;
  readonly metrics?: () => readonly Metric[] | Promise<readonly Metric[]>;
  readonly shutdown?: () => void | Promise<void>;
}

interface Metric {
  readonly name: string;
  /** Left out when null or undefined. */
  readonly value: number | null | undefined;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A job whose input and output are described by schemas.
 * @example
 * export default defineJob({
 *   input: z.object({ numbers: z.array(z.number()) }),
 *   perform: ({ numbers }) => numbers.reduce((sum, each) => sum + each, 0),
 * });
 */
export function defineJob<I extends Schema | undefined = undefined, O extends Schema | undefined = undefined>(
  job: JobDefinition<I, O>,
): JobDefinition<I, O> {
  return job;
}

/** A further endpoint with schemas, to be named in `auxiliaryEndpoints`. */
export function endpoint<I extends Schema | undefined = undefined, O extends Schema | undefined = undefined>(
  definition: Endpoint<I, O>,
): AnyEndpoint {
  return definition as AnyEndpoint;
}
