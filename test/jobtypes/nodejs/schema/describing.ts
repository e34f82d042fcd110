/** Owns describing the types of a job that a test writes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { describeProgram } from '../../../../jobtypes/nodejs/schema/describe-program.ts';
import type { TypeDescription } from '../../../../jobtypes/nodejs/schema/description.ts';
import type { JsonSchema } from '../../../../wrapper/protocol/messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'racetrack-types-'));
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files by their paths in a new folder; returns the folder. */
export function writeFiles(files: { readonly [path: string]: string }): string {
  count += 1;
  const place = join(folder, String(count));
  mkdirSync(place);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return place;
}

export function describeFiles(files: { readonly [path: string]: string }, exportName?: string): TypeDescription {
  const [entrypoint = ''] = Object.keys(files);
  return describeProgram({ entrypoint: join(writeFiles(files), entrypoint), exportName }).description;
}

export const describeText = (text: string): TypeDescription => describeFiles({ 'entrypoint.ts': text });

/** The schemas of types, each as that of a member of one input, with the shared schemas beside them. */
export function schemasOfTypes(types: readonly string[], declarations = '') {
  const members = types.map((type, at) => `  m${at}: ${type};`).join('\n');
  const text = `${declarations}\nexport function perform(input: {\n${members}\n}) {}`;
  const { members: functions, schemas } = describeText(text);
  const { properties } = functions.perform!.body as { properties: { [name: string]: JsonSchema } };
  return { found: types.map((_, at) => properties[`m${at}`]), schemas };
}
