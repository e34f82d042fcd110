/** `racetrack-wrapper call`: which address is meant, what is sent, and what goes wrong. */
import { createServer, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { endpointUrl } from '../../wrapper/cli/call.ts';
import { UserError } from '../../wrapper/core/errors.ts';
import { folderOf, racetrack } from '../smoke/command.ts';

describe('endpointUrl', () => {
  test.each([
    ['7000', '/perform', 'http://127.0.0.1:7000/api/v1/perform'],
    ['localhost:7000', '/perform', 'http://localhost:7000/api/v1/perform'],
    ['http://job.example', '/perform', 'http://job.example/api/v1/perform'],
    ['http://job.example/', 'explain', 'http://job.example/api/v1/explain'],
    ['https://job.example:8443', '/api/v1/explain', 'https://job.example:8443/api/v1/explain'],
    ['http://r.example/pub/job/adder/latest', '/perform', 'http://r.example/pub/job/adder/latest/api/v1/perform'],
    ['http://r.example/pub/job/adder/latest/', '/a/b', 'http://r.example/pub/job/adder/latest/api/v1/a/b'],
    [
      'http://r.example/pub/job/adder/latest/api/v1/explain',
      '/perform',
      'http://r.example/pub/job/adder/latest/api/v1/explain',
    ],
    ['http://r.example/?key=1', '/perform', 'http://r.example/api/v1/perform?key=1'],
    ['[::1]:7000', '/perform', 'http://[::1]:7000/api/v1/perform'],
    ['adder', '/items/a b', 'http://adder/api/v1/items/a%20b'],
  ])('%s and %s mean %s', (target, endpoint, expected) => {
    expect(endpointUrl(target, endpoint).href).toBe(expected);
  });

  test.each(['http://', '99999', 'host:port', ''])('%j is no address: a usage error that says what is', (target) => {
    const attempt = () => endpointUrl(target, '/perform');
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(/neither a port nor an address/);
  });
});

/** A server that tells what it was asked, and answers as told. */
async function echo(answer: { status?: number; body?: string } = {}) {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    requests.push({ method: request.method as string, url: request.url as string, headers: request.headers, body });
    response.writeHead(answer.status ?? 200).end(answer.body ?? 'fine');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: String((server.address() as { port: number }).port), requests };
}

describe('the input', () => {
  test('stands in an argument, in a file, on standard input, or is {}', async () => {
    const { port, requests } = await echo();
    const folder = folderOf({ 'input.json': '{"from": "file"}' });
    await racetrack(['call', port, '{"from": "argument"}']);
    await racetrack(['call', port, '@input.json'], { cwd: folder });
    await racetrack(['call', port], { input: '{"from": "standard input"}' });
    await racetrack(['call', port], { input: '' });
    expect(requests.map((request) => request.body)).toEqual([
      '{"from": "argument"}',
      '{"from": "file"}',
      '{"from": "standard input"}',
      '{}',
    ]);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/perform',
      headers: { 'content-type': 'application/json' },
    });
  });

  test.each([
    [['{"a": }'], 2, 'the input is no JSON'],
    [['@nowhere.json'], 1, 'cannot read the input'],
    [['{}', '-H', 'no header'], 2, '"no header" is no header'],
    [['{}', '--timeout', 'soon'], 2, '--timeout soon is no positive number'],
    [['{}', '--timeout', '0'], 2, '--timeout 0 is no positive number'],
  ])('%j: exit code %i', async (args, code, message) => {
    const outcome = await racetrack(['call', '1', ...args]);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });
});

test('headers may stand anywhere, several of them', async () => {
  const { port, requests } = await echo();
  const { code } = await racetrack([
    'call',
    '-H',
    'X-Caller-Name: me',
    port,
    '-H',
    'X-Odd: a:b',
    '{"a": 1}',
    '--endpoint',
    'explain',
  ]);
  expect(code).toBe(0);
  expect(requests[0]).toMatchObject({
    url: '/api/v1/explain',
    headers: { 'x-caller-name': 'me', 'x-odd': 'a:b' },
    body: '{"a": 1}',
  });
});

test('an answer with an error status goes to standard error and fails the command', async () => {
  const { port } = await echo({ status: 503, body: '{"error":"busy"}' });
  const { code, stdout, stderr } = await racetrack(['call', port, '{}']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(`http://127.0.0.1:${port}/api/v1/perform answered 503 Service Unavailable:\n{"error":"busy"}`);
});

test('nothing listens, or nothing answers: what happened and what to do', async () => {
  const refused = await racetrack(['call', '1', '{}']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('error: nothing listens at 127.0.0.1:1');
  expect(refused.stderr).toContain('hint:');
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const late = await racetrack(['call', String(port), '{}', '--timeout', '0.2']);
  expect(late).toMatchObject({ code: 1, stdout: '' });
  expect(late.stderr).toContain('did not answer within 0.2 s');
});

test('--curl prints a command that a shell understands, and calls nobody', async () => {
  const body = `{"text": "it's \\"quoted\\" $HOME"}`;
  const { code, stdout } = await racetrack(['call', '7000', body, '--curl', '-H', "X-Odd: it's"]);
  expect(code).toBe(0);
  const { execa } = await import('execa');
  const shown = await execa('sh', ['-c', stdout.replace(/^curl/, "printf '%s\\n'")]);
  expect(shown.stdout.split('\n')).toEqual([
    '-X',
    'POST',
    'http://127.0.0.1:7000/api/v1/perform',
    '-H',
    'Content-Type: application/json',
    '-H',
    "X-Odd: it's",
    '-d',
    body,
  ]);
});
