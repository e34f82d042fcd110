/** Owns the OpenAPI 3.1 document of a job: a pure function of the job's description. */
import { type OpenAPIObject, OpenApiBuilder, type OperationObject, type PathItemObject } from 'openapi3-ts/oas31';
import type { JobIdentity } from './config.ts';
import { addComponents, legalSchemas } from './openapi-components.ts';
import {
  homeOperation,
  parametersOperation,
  probeOperations,
  staticOperation,
  webviewOperation,
} from './openapi-fixed.ts';
import { endpointOperation, isListed } from './openapi-operations.ts';
import type { EndpointDescription, JobDescription } from './protocol/messages.ts';

export type { OpenAPIObject };

const API = '/api/v1';

/** Describes the service; before the job is loaded (`description` null) only its probes. */
export function buildOpenApi(description: JobDescription | null, job: JobIdentity): OpenAPIObject {
  const builder = startDocument(job);
  const paths = new PathTable(builder);
  if (description) {
    const legal = legalSchemas(description);
    addComponents(builder, legal.schemas);
    addJob(paths, legal);
  }
  for (const [path, operation] of probeOperations()) paths.add(path, 'get', operation);
  return builder.getSpec();
}

/** The same document with the server of this prefix in the first place, so that "Try it out" calls where the reader is. */
export function withServer(document: OpenAPIObject, prefix: string): OpenAPIObject {
  const url = prefix === '' ? '/' : prefix;
  const known = document.servers?.find((server) => server.url === url);
  const first = known ?? { url, description: 'the address of this page' };
  const others = document.servers?.filter((server) => server !== known) ?? [];
  return { ...document, servers: [first, ...others] };
}

function startDocument(job: JobIdentity): OpenApiBuilder {
  return OpenApiBuilder.create({
    openapi: '3.1.0',
    info: {
      title: `Job - ${job.name}`,
      description: 'Job Module wrapped in a REST server',
      version: job.version === '' ? '1.0.0' : job.version,
    },
    paths: {},
    security: [{ racetrackAuth: [] }],
  })
    .addServer({
      url: `/pub/job/${encodeURIComponent(job.name)}/${encodeURIComponent(job.version)}`,
      description: 'proxy prefixed path',
    })
    .addServer({ url: '/', description: 'root base path' })
    .addSecurityScheme('racetrackAuth', { type: 'apiKey', in: 'header', name: 'X-Racetrack-Auth' })
    .addTag({ name: 'API', description: 'Calls of the job' })
    .addTag({ name: 'root', description: 'Probes' });
}

/** In the order in which the routes win: perform, auxiliary endpoints, static files. */
function addJob(paths: PathTable, description: JobDescription): void {
  for (const endpoint of description.endpoints) {
    if (isListed(endpoint)) paths.add(API + templatePath(endpoint), verbOf(endpoint), endpointOperation(endpoint));
  }
  for (const file of description.staticFiles) {
    paths.add(API + encodePath(file.path), 'get', staticOperation(file));
  }
  paths.add(`${API}/parameters`, 'get', parametersOperation());
  if (description.webview) paths.add(`${API}/webview/`, 'get', webviewOperation());
  paths.add('/', 'get', homeOperation());
}

const verbOf = (endpoint: EndpointDescription): 'get' | 'post' => (endpoint.method === 'GET' ? 'get' : 'post');

/** `/files/{name:path}` is `/files/{name}` in OpenAPI. */
const templatePath = (endpoint: EndpointDescription): string => endpoint.path.replace(/\{(\w+):\w+\}/g, '{$1}');

/** A file name is not a template: its braces and reserved characters are escaped. */
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Collects operations; the first one of a path and verb wins, and no operation id occurs twice. */
class PathTable {
  readonly #builder: OpenApiBuilder;
  readonly #ids = new Set<string>();
  readonly #routes = new Set<string>();

  constructor(builder: OpenApiBuilder) {
    this.#builder = builder;
  }

  add(path: string, verb: 'get' | 'post', operation: OperationObject): void {
    const route = `${verb} ${path}`;
    if (this.#routes.has(route)) return;
    this.#routes.add(route);
    const item: PathItemObject = {
      [verb]: { ...operation, operationId: this.#uniqueId(operation.operationId ?? route) },
    };
    this.#builder.addPath(path, item);
  }

  #uniqueId(wanted: string): string {
    let id = wanted;
    for (let count = 2; this.#ids.has(id); count += 1) id = `${wanted}_${count}`;
    this.#ids.add(id);
    return id;
  }
}
