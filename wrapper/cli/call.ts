/** Owns `racetrack-wrapper call`: one request to a running job, its answer on standard output. */
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { messageOf, UserError } from '../core/errors.ts';

export interface CallOptions {
  readonly endpoint: string;
  readonly header?: readonly string[];
  readonly timeout: string;
  readonly curl?: boolean;
}

/** Prints the answer as it arrives; an answer with an error status goes to standard error and fails the command. */
export async function call(target: string, input: string | undefined, options: CallOptions): Promise<void> {
  const url = endpointUrl(target, options.endpoint);
  const body = await readInput(input);
  const headers = parseHeaders(options.header ?? []);
  if (options.curl) {
    stdout.write(`${curlCommand(url, body, headers)}\n`);
    return;
  }
  const timeout = Number(options.timeout);
  if (!(timeout > 0))
    throw new UserError(`--timeout ${options.timeout} is no positive number of seconds`, { exitCode: 2 });
  const status = await send({ url, body, headers, timeoutMs: timeout * 1000 });
  if (status >= 400) process.exitCode = 1;
}

/** A port, a host with port, an address of a job (`…/pub/job/adder/latest`) or the whole URL of an endpoint. */
export function endpointUrl(target: string, endpoint: string): URL {
  const spelled = /^\d+$/.test(target)
    ? `http://127.0.0.1:${target}`
    : /^https?:\/\//.test(target)
      ? target
      : `http://${target}`;
  let url: URL;
  try {
    url = new URL(spelled);
  } catch {
    throw new UserError(`${target} is neither a port nor an address`, {
      hint: 'give a port such as 7000, or an address such as http://127.0.0.1:7000',
      exitCode: 2,
    });
  }
  if (!url.pathname.includes('/api/v1/')) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/${endpoint.replace(/^\//, '').replace(/^api\/v1\//, '')}`;
  }
  return url;
}

async function readInput(input: string | undefined): Promise<string> {
  if (input?.startsWith('@')) {
    try {
      return await readFile(input.slice(1), 'utf8');
    } catch (error) {
      throw new UserError(`cannot read the input: ${messageOf(error)}`, {
        hint: 'give JSON, or @ and the path of a file that holds it',
      });
    }
  }
  if (input !== undefined) return checkJson(input);
  return stdin.isTTY ? '{}' : checkJson((await text(stdin)) || '{}');
}

function checkJson(input: string): string {
  try {
    JSON.parse(input);
    return input;
  } catch (error) {
    throw new UserError(`the input is no JSON: ${messageOf(error)}`, {
      hint: `quote it for your shell: '{"numbers": [40, 2]}'`,
      exitCode: 2,
    });
  }
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([^:\s]+):\s*(.*)$/.exec(line);
    if (!match) throw new UserError(`"${line}" is no header`, { hint: 'write it as "Name: value"', exitCode: 2 });
    headers[match[1] as string] = match[2] as string;
  }
  return headers;
}

function send(call: { url: URL; body: string; headers: Record<string, string>; timeoutMs: number }): Promise<number> {
  const { url, body, headers, timeoutMs } = call;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const req = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      signal: AbortSignal.timeout(timeoutMs),
    });
    req.on('error', (error: NodeJS.ErrnoException) => reject(callError(error, url, timeoutMs)));
    req.on('response', (response) => {
      const status = response.statusCode as number;
      const out = status >= 400 ? process.stderr : stdout;
      if (status >= 400) out.write(`${url.href} answered ${status} ${response.statusMessage}:\n`);
      response.on('data', (piece: Buffer) => out.write(piece));
      response.on('error', (error) => reject(callError(error, url, timeoutMs)));
      response.on('end', () => {
        out.write('\n');
        resolve(status);
      });
    });
    req.end(body);
  });
}

function callError(error: NodeJS.ErrnoException, url: URL, timeoutMs: number): UserError {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return new UserError(`${url.href} did not answer within ${timeoutMs / 1000} s`, {
      hint: 'allow more time: --timeout 600',
    });
  }
  if (error.code === 'ECONNREFUSED') {
    return new UserError(`nothing listens at ${url.host}`, {
      hint: 'start the job first: racetrack-wrapper run entrypoint.py',
    });
  }
  return new UserError(`calling ${url.href} failed: ${messageOf(error) || error.code}`);
}

function curlCommand(url: URL, body: string, headers: Record<string, string>): string {
  const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  const all = { 'Content-Type': 'application/json', ...headers };
  const flags = Object.entries(all).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  return ['curl', '-X', 'POST', quote(url.href), ...flags, '-d', quote(body)].join(' ');
}
