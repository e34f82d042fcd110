/** Owns the JSON Schema of `job.yaml` for one job type, as editors need it. */
import * as z from 'zod';
import { manifestSchema } from '../wrapper/core/manifest-schema.ts';
import { fullName, type JobType } from './job-type.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** In the dialect that editors of YAML know, draft 7. */
export function manifestJsonSchema(type: JobType): JsonSchema {
  const whole = manifestSchema.extend({
    jobtype: z.string().regex(new RegExp(`^${type.name.replaceAll('.', '\\.')}:.+$`)),
    jobtype_extra: type.extra.optional(),
  });
  const { required, ...schema } = z.toJSONSchema(whole, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return {
    ...schema,
    title: `job.yaml for ${fullName(type)}`,
    description: type.description,
    // What a manifest that extends another one lacks, that one may have.
    anyOf: [{ required: ['extends'] }, { required }],
  };
}
