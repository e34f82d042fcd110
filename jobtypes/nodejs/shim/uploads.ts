/** Owns inputs that are no JSON: forms with files, and bodies of bytes. A large body stays in the file that it came in. */
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Call } from './call.ts';
import { Unprocessable } from './failures.ts';
import { readForm } from './form.ts';
import type { PlaceOf } from './schema-check.ts';
import { fitTexts, readAddress } from './texts.ts';

const FORM = /^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i;

/** The input of an endpoint that takes a form or bytes. */
export async function readUpload(call: Call, placeOf: PlaceOf): Promise<unknown> {
  const type = call.header('content-type') ?? '';
  const { source, fileMember } = call.endpoint;
  if (source === 'bytes') return bodyBlob(call, type);
  if (FORM.test(type)) return fitTexts({ ...(await readFields(call, type)), ...call.params }, call.endpoint, placeOf);
  if (fileMember === undefined) {
    const msg = 'Input should be a form: multipart/form-data or application/x-www-form-urlencoded';
    throw new Unprocessable([{ type: 'form_type', loc: ['body'], msg, input: type, pointer: '' }]);
  }
  // The whole body is the file, the other members come from the address.
  const content = new File([await bodyBlob(call, type)], fileMember, { type });
  return fitTexts({ ...readAddress(call), [fileMember]: content }, call.endpoint, placeOf);
}

/** The body as it is. The job reads it as it likes: nothing of a large one is in memory before. */
async function bodyBlob(call: Call, type: string): Promise<Blob> {
  const { bodyFile } = call.meta;
  return bodyFile === undefined ? new Blob([call.body], { type }) : openAsBlob(bodyFile, { type });
}

/** The files of a form that was too large for memory are kept on the disk for as long as the call runs. */
async function readFields(call: Call, type: string): Promise<Record<string, unknown>> {
  const { bodyFile } = call.meta;
  if (bodyFile === undefined) return readForm(Readable.from([call.body]), { type, folder: undefined });
  const folder = await mkdtemp(join(tmpdir(), 'racetrack-form-'));
  call.onDone = () => void rm(folder, { recursive: true, force: true });
  return readForm(createReadStream(bodyFile), { type, folder });
}
