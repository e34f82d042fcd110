/** Owns the job description: asks the constructed job what it offers, and checks it before the first call. */
import process from 'node:process';
import type { EndpointDescription, JobDescription, JsonSchema } from '../../../wrapper/protocol/messages.ts';
import { usedSchemas } from '../schema/components.ts';
import type { TypeDescription } from '../schema/description.ts';
import { hasFiles, isFile, jsonSchemaOf, parametersOf, requestParametersOf } from './contract.ts';
import { type DeclaredEndpoint, listEndpoints } from './declared.ts';
import { type Endpoint, type InputSource, takesSignal } from './endpoint.ts';
import { readExamples, resolveMember } from './examples.ts';
import type { Job, JobFunction } from './job.ts';
import { readTypes, type TypedSource, typesOf } from './job-types.ts';
import { log } from './log.ts';
import { collectMetrics } from './metrics.ts';
import { listStaticFiles } from './static-files.ts';
import type { WebviewServer } from './webview.ts';

export interface Described {
  readonly description: JobDescription;
  /** In the order of their numbers. */
  readonly endpoints: readonly Endpoint[];
  readonly webview: WebviewServer | null;
}

export async function describe(job: Job, source: TypedSource): Promise<Described> {
  log('INFO', `loaded job: ${job.name}`);
  const exampleOf = await readExamples(job);
  const declared = await listEndpoints(job);
  const types = await readTypes(source, declared);
  const schemas: Record<string, JsonSchema> = {};
  const rows = declared.map((endpoint) =>
    describeEndpoint(job, { ...endpoint, example: endpoint.example ?? exampleOf(endpoint.path) }, { schemas, types }),
  );
  const endpoints = rows.map(({ description }) => description);
  const webview = await openWebview(job);
  if (job.member('metrics') !== undefined) await collectMetrics(job); // shows at the start whether it works
  const description: JobDescription = {
    language: 'nodejs',
    languageVersion: process.versions.node,
    entrypoint: job.name,
    doc: textMember(job, 'description') ?? types.doc,
    endpoints,
    schemas: { ...usedSchemas(types.schemas, endpoints), ...schemas },
    staticFiles: listStaticFiles(await resolveMember(job, 'staticEndpoints')),
    webview: webview === null ? null : 'http',
    metrics: job.member('metrics') !== undefined,
  };
  return { description, endpoints: rows.map(({ endpoint }) => endpoint), webview };
}

function describeEndpoint(
  job: Job,
  declared: DeclaredEndpoint,
  { schemas, types }: { schemas: Record<string, JsonSchema>; types: TypeDescription },
): { description: EndpointDescription; endpoint: Endpoint } {
  const { handler, input, output, example, method, path } = declared;
  const typed = typesOf(types, declared);
  const declaredInput = jsonSchemaOf(input, 'input', schemas);
  const schema = declaredInput ?? typed?.body ?? null;
  const bodyMediaType = declared.bodyMediaType ?? mediaTypeOf(schema);
  const source = sourceOf(method, bodyMediaType);
  const streaming = isGenerator(handler) || (typed?.streaming ?? false);
  const answer = jsonSchemaOf(output, 'output', schemas);
  const description: EndpointDescription = {
    kind: declared.kind,
    method,
    path,
    doc: declared.description ?? typed?.doc ?? null,
    example: example ?? null,
    parameters: declaredInput === null && typed ? typed.parameters : parametersOf(schema),
    body: source === 'address' ? null : (schema ?? (source === 'bytes' ? BYTES : { type: 'object' })),
    bodyRequired: declaredInput === null && typed ? typed.bodyRequired : requiresMembers(schema),
    bodyMediaType,
    request: source === 'address' ? requestParametersOf(schema, path) : [],
    response: answer === null ? (typed?.response ?? null) : streaming ? { type: 'array', items: answer } : answer,
    async: true, // nothing holds a thread
    streaming,
    ...(input !== undefined && { validate: false }), // the worker does
    options: JSON.parse(JSON.stringify(declared.options)) as Record<string, unknown>,
  };
  const endpoint: Endpoint = {
    handler,
    self: job.self,
    takesSignal: takesSignal(handler),
    source,
    objectOnly: input === undefined && (schema?.type ?? 'object') === 'object',
    input,
    output,
    example,
    path,
  };
  return { description, endpoint };
}

function mediaTypeOf(schema: JsonSchema | null): string {
  if (schema !== null && isFile(schema)) return 'application/octet-stream';
  return hasFiles(schema) ? 'multipart/form-data' : 'application/json';
}

const requiresMembers = (schema: JsonSchema | null): boolean =>
  Array.isArray(schema?.required) && schema.required.length > 0;

const BYTES: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };

function sourceOf(method: string, bodyMediaType: string): InputSource {
  if (method === 'GET') return 'address';
  if (bodyMediaType === 'application/json') return 'json';
  return /^(multipart\/form-data|application\/x-www-form-urlencoded)$/.test(bodyMediaType) ? 'form' : 'bytes';
}

const isGenerator = (handler: JobFunction): boolean =>
  /GeneratorFunction\]$/.test(Object.prototype.toString.call(handler));

function textMember(job: Job, name: 'description'): string | null {
  const given = job.member(name);
  return typeof given === 'string' ? given : null;
}

/** The job's own pages; the part that serves them is loaded for jobs that have some. */
async function openWebview(job: Job): Promise<WebviewServer | null> {
  const declare = job.member('webviewApp');
  if (typeof declare !== 'function') return null;
  const { JOB_NAME: name = 'JOB_NAME', JOB_VERSION: version = 'JOB_VERSION' } = process.env;
  const app: unknown = await declare.call(job.self, `/pub/job/${name}/${version}/api/v1/webview`);
  const { createWebview } = await import('./webview.ts');
  return createWebview(app);
}
