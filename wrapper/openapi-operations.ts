/** Owns the OpenAPI operations of the endpoints that a job defines. */
import type { OperationObject, ParameterObject, RequestBodyObject, ResponseObject } from 'openapi3-ts/oas31';
import { CALL_PARAMETERS, errorResponses } from './openapi-components.ts';
import type { EndpointDescription, JsonSchema } from './protocol/messages.ts';

/** How a streaming endpoint answers, by what the caller accepts. */
const STREAM_TYPES = ['application/json', 'application/x-ndjson', 'text/event-stream'];

/** Whether the job wants the endpoint to be seen. */
export const isListed = (endpoint: EndpointDescription): boolean => endpoint.options.include_in_schema !== false;

export function endpointOperation(endpoint: EndpointDescription): OperationObject {
  const parameters = [...requestParameters(endpoint), ...CALL_PARAMETERS];
  const status = successStatus(endpoint);
  return {
    tags: ['API'],
    ...nameOf(endpoint),
    parameters,
    ...(takesBody(endpoint) && { requestBody: requestBody(endpoint) }),
    responses: { [status]: success(endpoint), ...errorResponses() },
    ...jobOptions(endpoint.options),
  };
}

function nameOf(
  endpoint: EndpointDescription,
): Required<Pick<OperationObject, 'summary' | 'description' | 'operationId'>> {
  if (endpoint.kind === 'perform') {
    const summary = 'Call main action';
    return { operationId: 'perform', summary, description: describe(summary, endpoint.doc) };
  }
  const summary = `Call auxiliary endpoint: ${endpoint.path}`;
  const operationId = `auxiliary_endpoint_${endpoint.path.replaceAll('/', '_')}`;
  return { operationId, summary, description: describe(summary, endpoint.doc) };
}

const describe = (summary: string, doc: string | null): string =>
  doc === null || doc === '' ? summary : `${summary}: ${doc}`;

/** The declared parameters, and every segment of the path that the handler does not read. */
function requestParameters(endpoint: EndpointDescription): ParameterObject[] {
  const declared = endpoint.request.map(requestParameter);
  const inPath = new Set(declared.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name));
  const segments = [...endpoint.path.matchAll(/\{(\w+)(?::\w+)?\}/g)].map((match) => match[1] ?? '');
  const silent = segments.filter((name) => !inPath.has(name));
  const unread = silent.map(
    (name): ParameterObject => ({ name, in: 'path', required: true, schema: { type: 'string' } }),
  );
  return [...declared, ...unread];
}

function requestParameter(parameter: EndpointDescription['request'][number]): ParameterObject {
  return {
    name: parameter.name,
    in: parameter.in,
    required: parameter.in === 'path' || parameter.required,
    schema: parameter.schema,
    ...(parameter.description !== undefined && { description: parameter.description }),
  };
}

const takesBody = (endpoint: EndpointDescription): boolean =>
  endpoint.kind !== 'auxiliary_v2' || endpoint.body !== null;

function requestBody(endpoint: EndpointDescription): RequestBodyObject {
  const hasExample = endpoint.example !== null && endpoint.example !== undefined;
  const schema = { ...payloadSchema(endpoint), ...(hasExample && { default: endpoint.example }) };
  const single = singleFile(endpoint);
  return {
    required: isBodyRequired(endpoint, schema),
    content: {
      [endpoint.bodyMediaType]: { schema, ...(hasExample && { example: endpoint.example }) },
      ...(single && { 'application/octet-stream': { schema: single } }),
    },
  };
}

/** Schema of the one file that `perform` and its like take: it may be the whole body. */
function singleFile(endpoint: EndpointDescription): JsonSchema | undefined {
  if (endpoint.kind === 'auxiliary_v2' || endpoint.bodyMediaType !== 'multipart/form-data') return undefined;
  const members = Object.values((endpoint.body?.properties ?? {}) as Record<string, JsonSchema>).map(withoutNull);
  const files = members.filter((member) => isFile(member) || isFile((member.items ?? {}) as JsonSchema));
  return files.length === 1 && isFile(files[0] as JsonSchema) ? files[0] : undefined;
}

const isFile = (schema: JsonSchema): boolean => withoutNull(schema).contentMediaType !== undefined;

/** What an optional value is when it is given. */
function withoutNull(schema: JsonSchema): JsonSchema {
  const choices = ((schema.anyOf ?? []) as JsonSchema[]).filter((choice) => choice.type !== 'null');
  return choices.length === 1 ? (choices[0] as JsonSchema) : schema;
}

/** A body may be left out when nothing in it is required, or when an example stands for it. */
function isBodyRequired({ kind, bodyRequired, example }: EndpointDescription, { required }: JsonSchema): boolean {
  if (kind === 'auxiliary_v2') return bodyRequired;
  return (example ?? null) === null && Array.isArray(required) && required.length > 0;
}

/** The types of a signature are a hint and no more: a payload of `perform` may hold further names. */
export function payloadSchema({ kind, body }: EndpointDescription): JsonSchema {
  const isObject = body === null || (body.type ?? 'object') === 'object';
  if (kind === 'auxiliary_v2' || !isObject) return body ?? {};
  return { type: 'object', title: 'Payload', additionalProperties: true, ...body };
}

function success(endpoint: EndpointDescription): ResponseObject {
  const schema = endpoint.response ?? {};
  const description = textOption(endpoint.options, 'response_description') ?? 'Successful Response';
  const mediaTypes = endpoint.streaming ? STREAM_TYPES : ['application/json'];
  return {
    description,
    content: Object.fromEntries(
      mediaTypes.map((type) => [type, { schema: type === 'application/json' ? schema : { type: 'string' } }]),
    ),
  };
}

function successStatus(endpoint: EndpointDescription): string {
  const status = endpoint.options.status_code;
  return typeof status === 'number' && status >= 100 && status <= 599 ? String(status) : '200';
}

/** What the job says about the operation wins over what we make of it. A value of a wrong type is passed over. */
function jobOptions(options: EndpointDescription['options']): OperationObject {
  const { tags, deprecated, openapi_extra: extra } = options;
  const summary = textOption(options, 'summary');
  const description = textOption(options, 'description');
  const operationId = textOption(options, 'operation_id');
  return {
    ...(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') && { tags }),
    ...(typeof deprecated === 'boolean' && { deprecated }),
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...(operationId !== undefined && { operationId }),
    ...(typeof extra === 'object' && extra !== null && !Array.isArray(extra) && extra),
  };
}

function textOption(options: EndpointDescription['options'], name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
