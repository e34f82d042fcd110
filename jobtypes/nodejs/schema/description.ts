/** Owns the form of what the types of a job's functions say about its endpoints. */
import type { JsonSchema, ParameterInfo } from '../../../wrapper/protocol/messages.ts';

export interface TypeRequest {
  /** Absolute path of the job's file: TypeScript, or JavaScript whose types stand in JSDoc comments. */
  readonly entrypoint: string;
  /** Which export is the job; when absent, the default export, or the module itself. */
  readonly exportName?: string | undefined;
}

/** What the types say about one function. */
export interface FunctionTypes {
  /** The doc comment. */
  readonly doc: string | null;
  /** Schema of the request body: the first parameter. */
  readonly body: JsonSchema;
  readonly bodyRequired: boolean;
  /** Rows of `GET /api/v1/parameters`: the members of the first parameter, required ones first. */
  readonly parameters: readonly ParameterInfo[];
  /** Schema of the answer; null when unknown. */
  readonly response: JsonSchema | null;
  /** Whether the function is declared to yield its answer piece by piece. */
  readonly streaming: boolean;
}

export interface TypeDescription {
  /** The doc comment of the class or object that is the job. */
  readonly doc: string | null;
  /** The job's functions and those that the module exports, by name; a job that is a function is `perform`. */
  readonly members: { readonly [name: string]: FunctionTypes };
  /** The handlers that `auxiliaryEndpoints` returns, by path with a leading slash. */
  readonly endpoints: { readonly [path: string]: FunctionTypes };
  /** Shared schemas that the others refer to as `#/components/schemas/NAME`; see `usedSchemas`. */
  readonly schemas: { readonly [name: string]: JsonSchema };
  /** Why types are missing, for the log; normally empty. */
  readonly warnings: readonly string[];
}

/** What is said when nothing is known. */
export const unknownTypes = (...warnings: readonly string[]): TypeDescription => ({
  doc: null,
  members: {},
  endpoints: {},
  schemas: {},
  warnings,
});

/** What is said when the types cannot be read. */
export const withoutTypes = (reason: string): TypeDescription =>
  unknownTypes(`the job is described without its types: ${reason}`);
