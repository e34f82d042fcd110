/** Owns what the wrapper is told about one endpoint: from its schemas, and where it has none from the types of its function. */
import type { EndpointDescription, JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { usedSchemas } from '../schema/components.ts';
import type { FunctionTypes, TypeDescription } from '../schema/description.ts';
import { fileMemberOf, hasFiles, isFile, jsonSchemaOf, parametersOf, requestParametersOf } from './contract.ts';
import type { DeclaredEndpoint } from './declared.ts';
import { type Endpoint, type InputSource, takesSignal } from './endpoint.ts';
import { isExactInput } from './exactness.ts';
import type { Job, JobFunction } from './job.ts';
import { typesOf } from './job-types.ts';

interface DescribedEndpoint {
  readonly description: EndpointDescription;
  readonly endpoint: Endpoint;
  /** The shared schemas that it refers to. */
  readonly schemas: Record<string, JsonSchema>;
}

const ANY_OBJECT: JsonSchema = { type: 'object' };
const BYTES: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };

export function describeEndpoint(
  declared: DeclaredEndpoint,
  { job, types }: { job: Job; types: TypeDescription },
): DescribedEndpoint {
  const { handler, input, output, example, method, path } = declared;
  const typed = typesOf(types, declared);
  const schemas: Record<string, JsonSchema> = {};
  const schema = input === undefined ? (typed?.body ?? null) : jsonSchemaOf(input, 'input', schemas);
  const bodyMediaType = declared.bodyMediaType ?? mediaTypeOf(schema);
  const source = sourceOf(method, bodyMediaType);
  const streaming = isGenerator(handler) || typed?.streaming === true;
  const response = output === undefined ? (typed?.response ?? null) : outputSchema(output, streaming, schemas);
  const body = source === 'address' ? null : bodySchema(schema, source);
  const request = source === 'address' ? requestParametersOf(schema, path) : [];
  const description: EndpointDescription = {
    kind: declared.kind,
    method,
    path,
    doc: declared.description ?? typed?.doc ?? null,
    example: example ?? null,
    parameters: input === undefined ? (typed?.parameters ?? []) : parametersOf(schema),
    body,
    bodyRequired: isRequired(schema, typed),
    bodyMediaType,
    request,
    response,
    async: true, // nothing holds a thread
    streaming,
    ...checkOf(declared, typed),
    options: JSON.parse(JSON.stringify(declared.options)) as Record<string, unknown>,
  };
  return {
    description,
    endpoint: {
      ...{ handler, self: job.self, takesSignal: takesSignal(handler), source, input, output, example, path },
      fileMember: fileMemberOf(schema),
      schema: source === 'json' ? null : schema,
      objectOnly: input === undefined && (body?.type ?? 'object') === 'object',
    },
    schemas: { ...usedSchemas(types.schemas, [body, request, response]), ...schemas },
  };
}

/** A schema is asked here again, for what JSON Schema cannot say. What knows of path parameters, which no body has, fits no body. */
function checkOf({ input, path }: DeclaredEndpoint, typed: FunctionTypes | undefined): { validate?: boolean } {
  if (path.includes('{')) return { validate: false };
  if (input !== undefined) return { validate: isExactInput(input) };
  return isTyped(typed) ? { validate: true } : {};
}

function mediaTypeOf(schema: JsonSchema | null): string {
  if (schema !== null && isFile(schema)) return 'application/octet-stream';
  return hasFiles(schema) ? 'multipart/form-data' : 'application/json';
}

function outputSchema(
  output: NonNullable<DeclaredEndpoint['output']>,
  streaming: boolean,
  schemas: Record<string, JsonSchema>,
): JsonSchema | null {
  const schema = jsonSchemaOf(output, 'output', schemas);
  return schema && streaming ? { type: 'array', items: schema } : schema;
}

function bodySchema(schema: JsonSchema | null, source: InputSource): JsonSchema {
  if (source === 'bytes') return BYTES;
  return schema ?? ANY_OBJECT;
}

const isRequired = (schema: JsonSchema | null, typed: FunctionTypes | undefined): boolean =>
  typed?.bodyRequired ?? (Array.isArray(schema?.required) && schema.required.length > 0);

/** Whether the types say more about the input than that it is an object. */
const isTyped = (typed: FunctionTypes | undefined): boolean =>
  typed !== undefined && (typed.body.type !== 'object' || Object.keys(typed.body.properties ?? {}).length > 0);

function sourceOf(method: string, bodyMediaType: string): InputSource {
  if (method === 'GET') return 'address';
  if (bodyMediaType === 'application/json') return 'json';
  return /^(multipart\/form-data|application\/x-www-form-urlencoded)$/.test(bodyMediaType) ? 'form' : 'bytes';
}

const isGenerator = (handler: JobFunction): boolean =>
  /GeneratorFunction\]$/.test(Object.prototype.toString.call(handler));
