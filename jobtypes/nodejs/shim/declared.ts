/** Owns what a job declares about its endpoints: `perform`, and the further ones in both their forms. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { EndpointDescription } from '../../../wrapper/protocol/messages.ts';
import { isRecord, resolveMember } from './examples.ts';
import { type Job, JobError, type JobFunction } from './job.ts';
import { log } from './log.ts';
import { isSchema } from './schema-check.ts';
import { rooted } from './static-files.ts';

/** One endpoint as the job declares it. */
export interface DeclaredEndpoint {
  readonly kind: EndpointDescription['kind'];
  readonly method: 'GET' | 'POST';
  /** With a leading slash. */
  readonly path: string;
  readonly handler: JobFunction;
  readonly input: StandardSchemaV1 | undefined;
  readonly output: StandardSchemaV1 | undefined;
  readonly description: string | undefined;
  readonly example: unknown;
  readonly bodyMediaType: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The endpoints in the order in which they win. Throws a JobError that names what is declared wrongly. */
export async function listEndpoints(job: Job): Promise<DeclaredEndpoint[]> {
  const perform = job.member('perform');
  const further = await resolveMember(job, 'auxiliaryEndpoints');
  if (further !== undefined && !isRecord(further)) {
    throw new JobError('auxiliaryEndpoints has to be an object of paths and functions');
  }
  const own = perform === undefined ? [] : [performOf(job, perform)];
  const others = Object.entries(further ?? {}).map(([path, given]) => furtherEndpoint(path, given));
  for (const { path } of others) log('INFO', `configured auxiliary endpoint: ${path}`);
  return [...own, ...others];
}

function performOf(job: Job, perform: unknown): DeclaredEndpoint {
  const members = ['input', 'output', 'description', 'bodyMediaType'] as const;
  const given = Object.fromEntries(members.map((name) => [name, job.member(name)]));
  return {
    ...declare('/perform', { ...given, handler: perform }),
    kind: 'perform',
    method: 'POST',
  };
}

function furtherEndpoint(path: string, given: unknown): DeclaredEndpoint {
  if (typeof given === 'function') return { ...declare(path, { handler: given }), kind: 'auxiliary' };
  if (isRecord(given)) {
    const declared = declare(path, given);
    return { ...declared, kind: declared.method === 'GET' ? 'auxiliary_v2' : 'auxiliary' };
  }
  throw new JobError(`auxiliary endpoint ${rooted(path)}: it has to be a function, or an object with a handler`);
}

function declare(path: string, given: Record<string, unknown>): Omit<DeclaredEndpoint, 'kind'> {
  const { handler, method = 'POST', input, output, description, example, bodyMediaType, options = {} } = given;
  const refuse = (what: string): never => {
    throw new JobError(`endpoint ${rooted(path)}: ${what}`);
  };
  if (typeof handler !== 'function') refuse('it has no function');
  if (method !== 'GET' && method !== 'POST') refuse(`${String(method)} is not supported, use GET or POST`);
  for (const [name, schema] of Object.entries({ input, output })) {
    if (schema !== undefined && !isSchema(schema)) {
      refuse(`${name} has to be a schema that follows Standard Schema, such as z.object({ … }) of zod`);
    }
  }
  for (const [name, text] of Object.entries({ description, bodyMediaType })) {
    if (text !== undefined && typeof text !== 'string') refuse(`${name} has to be a text`);
  }
  if (!isRecord(options)) refuse('options has to be an object');
  return {
    method: method as 'GET' | 'POST',
    path: rooted(path),
    handler: handler as JobFunction,
    input: input as StandardSchemaV1 | undefined,
    output: output as StandardSchemaV1 | undefined,
    description: description as string | undefined,
    example,
    bodyMediaType: bodyMediaType as string | undefined,
    options: options as Record<string, unknown>,
  };
}
