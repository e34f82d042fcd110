/** Owns the OpenAPI operations that every job has: probes, the signature, static files, the job's own user interface. */
import type { OperationObject, ResponseObject, SchemaObject } from 'openapi3-ts/oas31';
import type { StaticFile } from './protocol/messages.ts';

/** The probes, by path. */
export function probeOperations(): [path: string, operation: OperationObject][] {
  return [
    ['/live', probe('live', 'Whether the service is alive', { live: { type: 'boolean' }, ...deployment, error: text })],
    ['/ready', probe('ready', 'Whether the job can be called', { ready: { type: 'boolean' } })],
    ['/health', probe('health', 'State of the service and versions of its parts', healthProperties)],
  ];
}

/** `GET /` */
export function homeOperation(): OperationObject {
  return {
    operationId: 'home',
    summary: "Go to the job's home page",
    responses: { '307': { description: 'Redirect to the home page' } },
  };
}

/** `GET /api/v1/parameters` */
export function parametersOperation(): OperationObject {
  const item: SchemaObject = {
    type: 'object',
    required: ['name', 'type'],
    properties: {
      name: { type: 'string' },
      default_value: { description: 'Present when the parameter is optional' },
      type: { type: ['string', 'null'] },
    },
  };
  return {
    tags: ['API'],
    operationId: 'parameters',
    summary: 'Parameters of the main action',
    responses: { '200': jsonResponse('The signature of the main action', { type: 'array', items: item }) },
  };
}

export function staticOperation(file: StaticFile): OperationObject {
  const summary = `Static file: ${file.path}`;
  const mediaType = file.mediaType.split(';', 1)[0] ?? file.mediaType;
  return {
    tags: ['API'],
    operationId: `static_endpoint_${file.path.replaceAll('/', '_')}`,
    summary,
    description: summary,
    responses: {
      '200': { description: 'The file', content: { [mediaType]: {} } },
      '206': { description: 'The requested range of the file' },
      '304': { description: 'The file has not changed' },
      '404': { description: 'The file has vanished' },
    },
  };
}

/** `GET /api/v1/webview/` */
export function webviewOperation(): OperationObject {
  return {
    tags: ['API'],
    operationId: 'webview',
    summary: "The job's own user interface",
    responses: { '200': { description: 'The page', content: { 'text/html': {} } } },
  };
}

const text: SchemaObject = { type: 'string' };
const optionalText: SchemaObject = { type: ['string', 'null'] };
const deployment = { deployment_timestamp: optionalText };
const healthProperties: { [name: string]: SchemaObject } = {
  service: text,
  job_name: optionalText,
  live: { type: 'boolean' },
  ready: { type: 'boolean' },
  status: { type: 'string', enum: ['pass', 'fail'] },
  error: optionalText,
  job_version: optionalText,
  git_version: optionalText,
  deployed_by_racetrack_version: optionalText,
  ...deployment,
  job_type_version: optionalText,
};

function probe(name: string, summary: string, properties: { [name: string]: SchemaObject }): OperationObject {
  const schema: SchemaObject = { type: 'object', properties };
  return {
    tags: ['root'],
    operationId: name,
    summary,
    responses: { '200': jsonResponse('Yes', schema), '500': jsonResponse('No', schema) },
  };
}

function jsonResponse(description: string, schema: SchemaObject): ResponseObject {
  return { description, content: { 'application/json': { schema } } };
}
