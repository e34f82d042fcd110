/** Owns the OpenAPI document of a job that is a program of its own. */
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import type { JobIdentity } from './config.ts';
import { buildOpenApi } from './openapi.ts';

export function buildProgramOpenApi(_face: unknown, job: JobIdentity): OpenAPIObject {
  return buildOpenApi(null, job);
}
