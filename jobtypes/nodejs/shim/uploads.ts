/** Owns inputs that are no JSON: forms with files, and bodies of bytes. A large body stays in the file that it came in. */
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FrameFlag } from '../../../wrapper/protocol/frame.ts';
import type { Call } from './call.ts';
import { Unprocessable } from './failures.ts';
import { readForm } from './form.ts';

/** The input of an endpoint that takes a form or bytes. */
export function readUpload(call: Call): Promise<unknown> {
  const type = call.header('content-type') ?? '';
  return call.endpoint.source === 'bytes' ? readBytes(call, type) : readFields(call, type);
}

/** The body as it is. Files are read by the job as it likes: nothing of them is in memory before. */
async function readBytes(call: Call, type: string): Promise<Blob> {
  const { bodyFile } = call.meta;
  return bodyFile === undefined ? new Blob([call.body], { type }) : openAsBlob(bodyFile, { type });
}

/** The body as the one file of an input. */
async function wholeBody(call: Call, type: string): Promise<Record<string, File>> {
  const name = call.endpoint.fileMember as string;
  return { [name]: new File([await readBytes(call, type)], name, { type }) };
}

async function readFields(call: Call, type: string): Promise<unknown> {
  const { bodyFile } = call.meta;
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type)) {
    if (call.body.length === 0 && bodyFile === undefined)
      return { ...(call.endpoint.example as object), ...call.params };
    if (call.endpoint.fileMember !== undefined && (call.flags & FrameFlag.raw) !== 0)
      return { ...Object.fromEntries(call.query), ...(await wholeBody(call, type)), ...call.params };
    const msg = 'Input should be a form: multipart/form-data or application/x-www-form-urlencoded';
    throw new Unprocessable([{ type: 'form_type', loc: ['body'], msg, input: type, pointer: '' }]);
  }
  const stream = bodyFile === undefined ? Readable.from([call.body]) : createReadStream(bodyFile);
  const large = bodyFile !== undefined && (await stat(bodyFile)).size > 0;
  const folder = large ? await mkdtemp(join(tmpdir(), 'racetrack-form-')) : undefined;
  if (folder !== undefined) call.onDone = () => void rm(folder, { recursive: true, force: true });
  return { ...(await readForm(stream, { type, folder })), ...call.params };
}
