/** Owns which bodies and results of a job are checked, and against which schema. */
import type { CheckSettings } from '../config.ts';
import { legalSchemas } from '../openapi-components.ts';
import { payloadSchema } from '../openapi-operations.ts';
import type { EndpointDescription, JobDescription, JsonSchema } from '../protocol/messages.ts';

/** The input or the result of the endpoint with this number. */
export type PartName = `input ${number}` | `result ${number}`;

/** One thing to check. */
export interface CheckedPart {
  readonly name: PartName;
  readonly schema: JsonSchema;
  /** The JSON that an empty input, or `null`, stands for; undefined when the job sees to an empty one, and `null` is a value. */
  readonly example: string | undefined;
}

export interface CheckPlan {
  readonly parts: readonly CheckedPart[];
  /** Whether the job's language takes `NAME` for `name`: such a member would escape the check of the other. */
  readonly foldsCase: boolean;
  /** What the parts refer to as `#/components/schemas/NAME`. */
  readonly schemas: { readonly [name: string]: JsonSchema };
}

export function planChecks(description: JobDescription, settings: CheckSettings): CheckPlan {
  const { endpoints, schemas, language } = legalSchemas(description);
  const inputs = [...endpoints.entries()]
    .filter(([, endpoint]) => isInputChecked(endpoint, settings))
    .map(
      ([number, endpoint]): CheckedPart => ({
        name: `input ${number}`,
        schema: payloadSchema(endpoint),
        example: endpoint.kind === 'auxiliary_v2' ? undefined : JSON.stringify(endpoint.example ?? {}),
      }),
    );
  const results = [...endpoints.entries()]
    .filter(([, endpoint]) => isResultChecked(endpoint, settings))
    .map(
      ([number, { response }]): CheckedPart => ({
        name: `result ${number}`,
        schema: response ?? {},
        example: undefined,
      }),
    );
  return { parts: [...inputs, ...results], foldsCase: language === 'go', schemas };
}

/** Endpoints without a body, and those that take a form or bytes, see to their inputs themselves. */
function isInputChecked(endpoint: EndpointDescription, { validate }: CheckSettings): boolean {
  if (endpoint.method === 'GET' || endpoint.bodyMediaType !== 'application/json') return false;
  if (endpoint.kind === 'auxiliary_v2' && endpoint.body === null) return false;
  return validate !== false && (endpoint.validate ?? validate ?? false);
}

const isResultChecked = ({ response }: EndpointDescription, { validateOutput }: CheckSettings): boolean =>
  validateOutput !== undefined && response !== null && Object.keys(response).length > 0;
