/** Owns `verify.json`: what a job's author says about it once, instead of on each command line. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, UserError } from '../core/errors.ts';
import { PROBES } from './rule.ts';

const Probe = z.strictObject({ path: z.string().startsWith('/'), body: z.unknown().optional() });

const VerifyConfig = z.strictObject({
  /** Probe endpoints by name. */
  probes: z.partialRecord(z.enum(PROBES), Probe).optional(),
  /** Rules that are left out, and why. */
  skip: z.record(z.string(), z.string().min(1)).optional(),
  /** Calls that the target takes at once, running and waiting. */
  calls: z.int().positive().optional(),
  /** Bytes of a request body that it takes. */
  maxBody: z.int().positive().optional(),
});
export type VerifyConfig = z.infer<typeof VerifyConfig>;

/** Rejects with a {@link UserError} that names the file and the place in it. */
export function readVerifyConfig(file: string): VerifyConfig {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { exitCode: 2 });
  }
  const parsed = VerifyConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new UserError(`${file} has mistakes:\n  ${problems.join('\n  ')}`, {
    hint: 'docs/verify.md tells what it may hold',
    exitCode: 2,
  });
}
