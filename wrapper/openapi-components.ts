/** Owns the shared parts of the OpenAPI document: the job's schemas, the error bodies and the request headers. */
import type { OpenApiBuilder, ResponseObject } from 'openapi3-ts/oas31';
import type { JobDescription, JsonSchema } from './protocol/messages.ts';

/** Names of our own schemas. The prefix keeps them apart from the classes of the job. */
const ERROR_SCHEMA = 'RacetrackError';
const VALIDATION_SCHEMA = 'RacetrackValidationError';
const REF_PREFIX = '#/components/schemas/';

interface CallResponse {
  readonly name: string;
  readonly text: string;
  /** An example of the body's `error` and `type`; a validation error has another body. */
  readonly example?: readonly [error: string, type: string];
}

/** The errors that a call can meet, by status; each is a component of that name. */
const CALL_RESPONSES: { readonly [status: string]: CallResponse } = {
  '400': {
    name: 'BadRequest',
    text: 'The input was refused, or the job raised a ValueError or TypeError.',
    example: ['numbers must not be empty', 'ValueError'],
  },
  '413': {
    name: 'PayloadTooLarge',
    text: 'The body is larger than this service accepts.',
    example: ['the body is larger than the limit', 'PayloadTooLarge'],
  },
  '422': {
    name: 'ValidationFailed',
    text: 'The input does not have the expected shape.',
  },
  '429': {
    name: 'JobBusy',
    text: 'Too many calls are running and waiting; try again later.',
    example: ['too many calls are running and waiting', 'JobBusy'],
  },
  '500': {
    name: 'JobFailed',
    text: 'The job raised an error.',
    example: ["'model'", 'KeyError'],
  },
  '502': {
    name: 'JobCrashed',
    text: 'The process that ran this call has died; it is being replaced.',
    example: ['the process that ran this call has died', 'JobCrashed'],
  },
  '503': {
    name: 'JobUnavailable',
    text: 'The job is restarting or shutting down; try again later.',
    example: ['the job is restarting', 'JobRestarting'],
  },
  '504': {
    name: 'JobTimeout',
    text: 'The call did not finish in time.',
    example: ['the call did not finish in time', 'JobTimeout'],
  },
};
const RETRYABLE = new Set(['429', '502', '503']);

/** References to the error responses of a call. */
export function errorResponses(): { [status: string]: { $ref: string } } {
  const entries = Object.entries(CALL_RESPONSES);
  return Object.fromEntries(entries.map(([status, { name }]) => [status, { $ref: `#/components/responses/${name}` }]));
}

/** References to the headers that every call understands. */
export const CALL_PARAMETERS = [{ $ref: '#/components/parameters/RequestTimeout' }];

export function addComponents(builder: OpenApiBuilder, schemas: { readonly [name: string]: JsonSchema }): void {
  for (const [name, schema] of Object.entries(schemas)) builder.addSchema(name, schema);
  builder.addSchema(ERROR_SCHEMA, {
    type: 'object',
    title: 'Error',
    required: ['error', 'type'],
    properties: {
      error: { type: 'string', description: 'What happened' },
      type: { type: 'string', description: 'The type of the error' },
    },
  });
  builder.addSchema(VALIDATION_SCHEMA, validationSchema());
  for (const [status, response] of Object.entries(CALL_RESPONSES)) {
    builder.addResponse(response.name, errorResponse(status, response));
  }
  builder.addParameter('RequestTimeout', {
    name: 'X-Request-Timeout',
    in: 'header',
    required: false,
    description: 'Gives up after so many seconds, if that is sooner than the limit of the service',
    schema: { type: 'number', exclusiveMinimum: 0 },
  });
}

/**
 * The description with schema names that OpenAPI accepts: a class may be called `Żółw` or `Page[int]`,
 * a component may not.
 */
export function legalSchemas(description: JobDescription): JobDescription {
  const names = Object.keys(description.schemas);
  const illegal = names.filter((name) => !/^[\w.-]+$/.test(name));
  if (illegal.length === 0) return description;
  const renamed = new Map<string, string>();
  for (const name of illegal) renamed.set(name, freeName(name, new Set([...names, ...renamed.values()])));
  const legal = renameReferences(description, renamed) as JobDescription;
  const schemas = Object.entries(legal.schemas).map(([name, schema]) => [renamed.get(name) ?? name, schema] as const);
  return { ...legal, schemas: Object.fromEntries(schemas) };
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const base = name.replace(/[^\w.-]+/g, '_');
  let free = base;
  for (let count = 2; taken.has(free); count += 1) free = `${base}_${count}`;
  return free;
}

function renameReferences(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renameReferences(item, renamed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const target = key === '$ref' && typeof item === 'string' ? renamed.get(item.slice(REF_PREFIX.length)) : undefined;
    return [key, target === undefined ? renameReferences(item, renamed) : REF_PREFIX + target] as const;
  });
  return Object.fromEntries(entries);
}

function errorResponse(status: string, { text, example }: CallResponse): ResponseObject {
  const body = example
    ? { schema: { $ref: REF_PREFIX + ERROR_SCHEMA }, example: { error: example[0], type: example[1] } }
    : { schema: { $ref: REF_PREFIX + VALIDATION_SCHEMA } };
  return {
    description: text,
    headers: {
      'X-Racetrack-Fault': {
        description: 'Who has to act on the error',
        schema: { type: 'string', enum: ['caller', 'job', 'platform'] },
      },
      ...(RETRYABLE.has(status) && {
        'Retry-After': { description: 'Seconds to wait before the next try', schema: { type: 'integer' } },
      }),
    },
    content: { 'application/json': body },
  };
}

function validationSchema(): JsonSchema {
  return {
    type: 'object',
    title: 'Validation error',
    required: ['detail'],
    properties: {
      detail: {
        type: 'array',
        items: {
          type: 'object',
          required: ['loc', 'msg', 'type'],
          properties: {
            type: { type: 'string' },
            loc: { type: 'array', items: { type: ['string', 'integer'] }, description: 'Where in the request' },
            msg: { type: 'string' },
            input: { description: 'What was received' },
            ctx: { type: 'object', description: 'The limit or the values that the message speaks of' },
            pointer: { type: 'string', description: 'Where in the body, as a JSON pointer' },
          },
        },
      },
    },
  };
}
