/** Owns the small part of a shell that the documentation uses: words in quotes, `printf` into a file, `curl` with a few options. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The words of a command line; a comment, a pipe or a redirection ends it. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, single, double, plain] of line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)) {
    if (plain !== undefined && /^([#|>&]|\d?>)/.test(plain)) break;
    words.push(single ?? double ?? plain ?? '');
  }
  return words;
}

export interface CurlCall {
  readonly path: string;
  readonly init: RequestInit;
  /** `-i`: the status line and the headers are shown, too. */
  readonly shown: 'body' | 'head and body';
}

/** Runs `printf 'TEXT' > FILE` in this folder; returns whether the command is one. */
export function writesFile(line: string, folder: string): boolean {
  const [, text, file] = /^printf '([^']*)' > (\S+)$/.exec(line) ?? [];
  if (text === undefined || file === undefined) return false;
  writeFileSync(join(folder, file), text.replaceAll('\\n', '\n'));
  return true;
}

/** Reads `curl [-i] [-s] [-N] [-X METHOD] [-H HEADER]… [-d BODY | --data-binary @FILE | -F FIELD…] URL`; throws for anything else. */
export function parseCurl(line: string, folder: string): CurlCall {
  const [program, ...words] = splitWords(line);
  if (program !== 'curl') throw new Error(`not a curl command: ${line}`);
  const headers = new Headers();
  let method: string | undefined;
  let body: string | Buffer<ArrayBuffer> | FormData | undefined;
  let url: string | undefined;
  let shown: CurlCall['shown'] = 'body';
  while (words.length > 0) {
    const word = words.shift() as string;
    if (word === '-i') shown = 'head and body';
    else if (word === '-X') method = words.shift();
    else if (word === '-d') body = words.shift();
    else if (word === '--data-binary') body = readFileSync(join(folder, (words.shift() as string).slice(1)));
    else if (word === '-F')
      body = addField(body instanceof FormData ? body : new FormData(), words.shift() ?? '', folder);
    else if (word === '-H') addHeader(headers, words.shift() ?? '');
    else if (!word.startsWith('-') && url === undefined) url = word;
    else if (word !== '-s' && word !== '-N') throw new Error(`unknown option ${word} in: ${line}`);
  }
  if (url === undefined) throw new Error(`no address in: ${line}`);
  if (typeof body === 'string' && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded');
  }
  const { pathname, search } = new URL(url);
  return {
    path: pathname + search,
    init: { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body: body ?? null, redirect: 'manual' },
    shown,
  };
}

/** `name=value`, or `name=@file`. */
function addField(form: FormData, field: string, folder: string): FormData {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(field) ?? [];
  if (!value.startsWith('@')) form.append(name, value);
  else form.append(name, new File([readFileSync(join(folder, value.slice(1)))], basename(value.slice(1))));
  return form;
}

function addHeader(headers: Headers, line: string): void {
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a header: ${line}`);
  headers.set(name, value);
}

/** One command of a console block with the lines that follow it. */
export interface Exchange {
  readonly command: string;
  readonly answer: string;
}

/** Splits a block of `$ command` lines and their answers. */
export function exchanges(block: string): Exchange[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), answer: part.slice(end + 1).trimEnd() };
    });
}
