/** Owns the shape of a job manifest: every field with its rule. The type is inferred from it. */
import * as z from 'zod';
import { isQuantity, parseQuantity } from './quantity.ts';

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?(\+[\da-zA-Z-]+(\.[\da-zA-Z-]+)*)?$/;

const quantity = z
  .union([z.string(), z.number()])
  .refine(isQuantity, 'must be a number with a unit, such as 512Mi, 2G or 500m');
const text = z.string().min(1, 'must not be empty');
const variables = z.record(z.string(), z.string());

const git = z.strictObject({
  remote: z.string().regex(/^https:\/\/\S+$/, 'must be an https:// address'),
  branch: z.string().optional(),
  directory: z.string().optional().meta({ default: '.' }),
});

const resources = z
  .strictObject({
    memory_min: quantity.optional(),
    memory_max: quantity.optional(),
    cpu_min: quantity.optional(),
    cpu_max: quantity.optional(),
  })
  .refine((given) => isOrdered(given.memory_min, given.memory_max), 'memory_min is above memory_max')
  .refine((given) => isOrdered(given.cpu_min, given.cpu_max), 'cpu_min is above cpu_max');

export const manifestSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
      'must be made of letters, digits, "-" and "." (no underscores)',
    ),
  jobtype: z.string().regex(/.+:.+/, 'must look like name:version, such as python3:latest'),
  owner_email: z.string().regex(/.+@.+/, 'must be an e-mail address'),
  git,
  version: z
    .string()
    .regex(SEMVER, 'must be three numbers, such as 1.2.3 or 1.2.3-beta')
    .optional()
    .meta({ default: '0.0.1' }),
  jobtype_extra: z.record(z.string(), z.unknown()).optional(),
  extends: z.string().optional(),
  image_type: z.literal('docker').optional().meta({ default: 'docker' }),
  build_env: variables.optional(),
  runtime_env: variables.optional(),
  secret_build_env_file: text.optional(),
  secret_runtime_env_file: text.optional(),
  system_dependencies: z.array(text).optional(),
  replicas: z.int().min(0, 'must not be negative').max(50, 'must be at most 50').optional().meta({ default: 1 }),
  resources: resources.optional(),
  labels: z.record(z.string(), z.unknown()).optional(),
  public_endpoints: z.array(text).optional(),
  infrastructure_target: text.optional(),
});

/** A complete manifest, as deploying needs it. */
export type Manifest = z.infer<typeof manifestSchema>;

function isOrdered(low: string | number | undefined, high: string | number | undefined): boolean {
  if (low === undefined || high === undefined || !isQuantity(low) || !isQuantity(high)) return true;
  return parseQuantity(low) <= parseQuantity(high);
}
