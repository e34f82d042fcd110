/** Owns `racetrack-wrapper schema --manifest`: the JSON Schema of job.yaml, for editors. */
import { stdout } from 'node:process';
import { builtInJobTypes } from '../../jobtypes/built-in.ts';
import { manifestJsonSchema } from '../../jobtypes/manifest-json-schema.ts';

/** Prints the schema for `python3`, or for one version as in `python3:1.2.3`. */
export function printManifestSchema(reference: string): void {
  const type = builtInJobTypes.resolve(reference.includes(':') ? reference : `${reference}:latest`);
  stdout.write(`${JSON.stringify(manifestJsonSchema(type), null, 2)}\n`);
}
