/** Owns reading a form: fields as texts, files as web `File`s, which stay on disk when the form was too large for memory. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { Unprocessable } from './failures.ts';

/** More than any form that people make by hand. */
const LIMITS = { fields: 1000, files: 1000, fieldSize: 16 * 1024 * 1024, headerPairs: 100 };

type Field = string | File;
type Fields = Record<string, Field | Field[]>;

/** The fields by name, a list where a name occurs several times. Files go to `folder`, without one to memory. */
export async function readForm(
  body: Readable,
  { type, folder }: { type: string; folder: string | undefined },
): Promise<Fields> {
  const found: [name: string, value: Field | Promise<Field>][] = [];
  const parser = createParser(type);
  parser.on('field', (name, value, info) => {
    if (info.valueTruncated) parser.destroy(new Error(`the field ${name} is longer than ${LIMITS.fieldSize} bytes`));
    found.push([name, value]);
  });
  parser.on('file', (name, stream, info) => {
    const path = folder && join(folder, String(found.length));
    const file = keep(stream, path).then((blob) => new File([blob], info.filename ?? '', { type: info.mimeType }));
    file.catch(() => undefined); // told when the whole form has been read
    found.push([name, file]);
  });
  for (const limit of ['fieldsLimit', 'filesLimit'] as const) {
    parser.on(limit, () => parser.destroy(new Error('the form has too many fields')));
  }
  try {
    await pipeline(body, parser);
    const values = await Promise.all(found.map(async ([name, value]) => [name, await value] as const));
    return collect(values);
  } catch (error) {
    throw malformed(error as Error);
  }
}

function createParser(type: string): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': type }, limits: LIMITS, defParamCharset: 'utf8' });
  } catch (error) {
    throw malformed(error as Error);
  }
}

async function keep(stream: Readable, path: string | undefined): Promise<Blob> {
  if (path === undefined) return new Blob([await buffer(stream)]);
  await pipeline(stream, createWriteStream(path));
  return openAsBlob(path);
}

function collect(values: readonly (readonly [name: string, value: Field])[]): Fields {
  const fields: Fields = Object.create(null);
  for (const [name, value] of values) {
    const known = fields[name];
    if (known === undefined) fields[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else fields[name] = [known, value];
  }
  return { ...fields };
}

const malformed = ({ message }: Error): Unprocessable =>
  new Unprocessable([{ type: 'form_invalid', loc: ['body'], msg: `Form decode error: ${message}`, pointer: '' }]);
