/** A program that speaks plain HTTP and knows nothing of the job contract; its endpoints do what the rules of `verify` want to see. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { PORT, RACETRACK_VERIFY_START: START } = process.env;

const number = { type: 'number' };
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) });

const ENDPOINTS = {
  '/perform': {
    input: object({ numbers: { type: 'array', items: number } }),
    example: { numbers: [40, 2] },
    answer: number,
    run: ({ numbers }) => numbers.reduce((sum, each) => sum + each, 0),
  },
  '/slow': {
    input: object({ seconds: number }),
    example: { seconds: 0.01 },
    answer: number,
    run: ({ seconds }) => sleep(seconds * 1_000, seconds),
  },
  '/stream': {
    input: object({ count: number, size: number, pause: number }),
    example: { count: 3, size: 8, pause: 0.01 },
    answer: { type: 'array', items: { type: 'string' } },
    run: ({ count, size }) => Array.from({ length: count }, () => 'x'.repeat(size)),
  },
  '/fail': {
    input: object({}),
    run: () => {
      throw new Error('told to fail');
    },
  },
  '/crash': { input: object({}), run: () => process.exit(3) },
};

const json = (schema, example) => ({ 'application/json': { schema, ...(example && { example }) } });
const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'verify', version: '1' },
  paths: Object.fromEntries(
    Object.entries(ENDPOINTS).map(([path, { input, example, answer = {} }]) => {
      const requestBody = { required: true, content: json(input, example) };
      return [
        path,
        { post: { requestBody, responses: { 200: { description: 'the answer', content: json(answer) } } } },
      ];
    }),
  ),
};

const fits = (value, { type, properties, items }) => {
  if (type === 'object') {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.entries(properties).every(([name, schema]) => fits(value[name], schema));
  }
  if (type === 'array') return Array.isArray(value) && value.every((item) => fits(item, items));
  return typeof value === type && (type !== 'number' || Math.abs(value) < 1e300);
};

async function answer(req, res) {
  if (req.url === '/openapi.json') return send(res, 200, OPENAPI);
  const endpoint = ENDPOINTS[req.url];
  if (!endpoint) return send(res, 404, { detail: 'Not Found' });
  if (req.method !== 'POST') return send(res, 405, { detail: 'Method Not Allowed' });
  const input = await readInput(req);
  if (!fits(input, endpoint.input)) return send(res, 422, { detail: 'the input does not fit' });
  const { accept } = req.headers;
  if (req.url === '/stream' && /ndjson|event-stream/.test(accept ?? '')) return stream(req, res, input);
  send(res, 200, await endpoint.run(input));
}

async function readInput(req) {
  const pieces = [];
  for await (const piece of req) pieces.push(piece);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)));
  } catch {
    return undefined;
  }
}

async function stream(req, res, { count, size, pause }) {
  const events = req.headers.accept.includes('event-stream');
  const item = JSON.stringify('x'.repeat(size));
  res.writeHead(200, { 'content-type': events ? 'text/event-stream' : 'application/x-ndjson' });
  for (let sent = 0; sent < count && !res.destroyed; sent += 1) {
    const room = res.write(events ? `data: ${item}\n\n` : `${item}\n`);
    if (pause > 0) await sleep(pause * 1_000);
    if (!room) await new Promise((resolve) => res.once('drain', resolve).once('close', resolve));
  }
  res.end();
}

function send(res, status, value) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

if (START === 'fail') throw new Error('told to fail');
if (START === 'slow') await sleep(3_000);
createServer((req, res) => {
  answer(req, res).catch(({ message, name }) => send(res, 500, { error: message, type: name }));
}).listen(Number(PORT), '127.0.0.1');
