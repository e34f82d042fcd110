/** Owns the OpenAPI document of a job that is a program: the program's own operations, at the addresses where callers reach them. */
import type { OperationObject } from 'openapi3-ts/oas31';
import type { JobIdentity } from './config.ts';
import { isOwnRoute } from './http/own-routes.ts';
import { buildOpenApi, type OpenAPIObject } from './openapi.ts';
import { modernSchemas } from './openapi-upgrade.ts';
import type { ProgramFace } from './upstream/http-runner.ts';
import type { ProgramDocument } from './upstream/program-document.ts';

type Json = { readonly [key: string]: unknown };

const VERBS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Without a face, the program is not ready: only the probes are described. */
export function buildProgramOpenApi(face: ProgramFace | undefined, job: JobIdentity): OpenAPIObject {
  const document = buildOpenApi(null, job);
  if (!face) return document;
  if (!face.document) return withPaths(document, { '/api/v1/perform': { post: passedOn() } });
  return embed(document, modernSchemas(face.document), face);
}

/** What is known of a program that does not describe itself. */
function passedOn(): OperationObject {
  return {
    tags: ['API'],
    operationId: 'perform',
    summary: 'Call main action',
    description: 'Passed on to the program, which does not describe itself.',
    requestBody: { content: { 'application/json': { schema: {} } } },
    responses: { default: { description: "The program's answer" } },
  };
}

function embed(own: OpenAPIObject, program: ProgramDocument, { addresses }: ProgramFace): OpenAPIObject {
  // Ours has nothing else that could be called the same: what it refers to is in place.
  const securitySchemes = { ...program.components?.securitySchemes, ...own.components?.securitySchemes };
  const base = serverPath(program.servers);
  const surroundings = { operations: new OperationIds(own), security: program.security, securitySchemes };
  const paths: Record<string, unknown> = {};
  for (const [path, { servers, ...members }] of Object.entries(program.paths)) {
    const address = addresses.publicPath(base + path);
    if (!path.startsWith('/') || isOwnRoute(address)) continue;
    paths[address] = Object.fromEntries(
      Object.entries(members).map(([member, value]) => [
        member,
        VERBS.includes(member) && isObject(value) ? operation(value, surroundings) : value,
      ]),
    );
  }
  const components = { ...program.components, securitySchemes };
  const tags = [...(own.tags ?? []), ...programTags(program.tags, own)];
  return { ...withPaths(own, paths), components, tags } as OpenAPIObject;
}

const withPaths = (document: OpenAPIObject, paths: Json): OpenAPIObject => ({
  ...document,
  paths: { ...(paths as OpenAPIObject['paths']), ...document.paths },
});

interface Surroundings {
  readonly operations: OperationIds;
  /** What the program's document asks for where an operation says nothing. */
  readonly security: unknown;
  readonly securitySchemes: Json;
}

/** An operation of the program is called through the gateway as well: its own security comes on top. */
function operation(given: Json, { operations, security, securitySchemes }: Surroundings): Json {
  const { servers, callbacks, security: ownSecurity, ...kept } = given;
  const asked = (ownSecurity ?? security) as unknown;
  const known = (requirement: unknown): requirement is Json =>
    isObject(requirement) && Object.keys(requirement).every((name) => name in securitySchemes);
  const requirements = Array.isArray(asked) ? asked.filter(known) : [];
  return {
    responses: { default: { description: "The program's answer" } },
    ...kept,
    operationId: operations.unique(given.operationId),
    ...(requirements.length > 0 && { security: requirements.map((each) => ({ racetrackAuth: [], ...each })) }),
  };
}

/** No two operations of one document may have the same name. */
class OperationIds {
  readonly #taken = new Set<string>();
  #count = 0;

  constructor({ paths = {} }: OpenAPIObject) {
    for (const item of Object.values(paths)) {
      for (const verb of VERBS) {
        const id = (item as { [verb: string]: OperationObject | undefined })[verb]?.operationId;
        if (id !== undefined) this.#taken.add(id);
      }
    }
  }

  unique(wanted: unknown): string {
    const base = typeof wanted === 'string' && wanted !== '' ? wanted : 'program_operation';
    let id = base;
    while (this.#taken.has(id)) id = `${base}_${++this.#count}`;
    this.#taken.add(id);
    return id;
  }
}

/** The path of the first server when it is one of the program's own; templates and other hosts say nothing about us. */
function serverPath(servers: unknown): string {
  const first: unknown = Array.isArray(servers) ? servers[0]?.url : undefined;
  return typeof first === 'string' && /^\/[^{}?#]*$/.test(first) ? first.replace(/\/+$/, '') : '';
}

function programTags(tags: unknown, { tags: own = [] }: OpenAPIObject): Json[] {
  const names = new Set(own.map(({ name }) => name));
  return Array.isArray(tags)
    ? tags.filter((tag): tag is Json => isObject(tag) && typeof tag.name === 'string' && !names.has(tag.name))
    : [];
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
