/**
 * Owns a small server that keeps the whole job contract, and breaks one rule of it on demand: `DEFECT` names which.
 *
 * It shares nothing with the wrapper, so that `verify` is judged by something that it was not made for.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openApi } from './openapi.mjs';

const { PORT, DEFECT = '', RACETRACK_VERIFY_START: START } = process.env;
const has = (defect) => DEFECT === defect;
const BODY_LIMIT = 64 * 1024;
const CALLS = 4;
const LINES = 'application/x-ndjson';
const state = { running: 0, started: 0, done: 0, last: 0, ready: false, failure: undefined, stopping: false };

class Refusal extends Error {
  constructor(status, error, type, fault = 'caller') {
    super(error);
    Object.assign(this, { status, body: { error, type }, fault });
  }
}

// The worker: slow calls wait there, so that it can be killed under them.
const waiting = new Map();
let worker = startWorker();
function startWorker() {
  const child = fork(new URL('./worker.mjs', import.meta.url), { stdio: 'ignore' });
  child.on('message', ({ id }) => {
    waiting.get(id)?.resolve();
    waiting.delete(id);
  });
  child.on('exit', () => {
    if (has('dies-with-worker')) process.exit(1);
    if (!has('hangs-when-killed'))
      for (const { reject } of waiting.values()) reject(new Refusal(502, 'the worker died', 'JobCrashed', 'job'));
    waiting.clear();
    if (!state.stopping) worker = startWorker();
  });
  return child;
}
let nextId = 0;
let leavers = 0;
const work = (order) =>
  new Promise((resolve, reject) => {
    const id = nextId++;
    waiting.set(id, { resolve, reject });
    worker.send({ id, ...order });
  });

const CALL_PATHS = {
  perform: (input) => {
    if (has('refuses-calls')) throw new Refusal(400, 'not today', 'ValueError');
    if (has('crash-on-null') && Object.values(input).includes(null)) throw new TypeError('null');
    const { numbers } = input;
    if (!Array.isArray(numbers) || numbers.some((number) => typeof number !== 'number'))
      throw new Refusal(422, 'numbers must be numbers', 'ValidationError');
    const sum = numbers.reduce((total, number) => total + number, 0);
    if (!Number.isFinite(sum)) throw new Refusal(400, 'the sum is out of range', 'ValueError');
    if (has('wrong-now-and-then') && state.started % 50 === 0) return sum + 1;
    return has('answer-of-another-type') ? String(sum) : sum;
  },
  slow: async ({ seconds }) => {
    if (typeof seconds !== 'number') throw new Refusal(422, 'seconds must be a number', 'ValidationError');
    await work({ seconds });
    return seconds;
  },
  fail: () => {
    throw Object.assign(new Error('told to fail'), { fault: 'job' });
  },
  crash: async () => {
    if (has('crash-is-200')) return null;
    await work({ crash: true });
  },
};

const PROBES = {
  '/live': () =>
    state.failure && !has('silent-failed-start')
      ? [500, { live: false, deployment_timestamp: null, error: state.failure }]
      : has('dead-while-loading') && START === 'slow' && !state.ready
        ? [500, { live: false }]
        : has('live-without-timestamp')
          ? [200, { live: true }]
          : [200, { live: true, deployment_timestamp: null }],
  '/ready': () =>
    state.ready || (has('ready-while-failed') && state.failure) ? [200, { ready: true }] : [500, { ready: false }],
  '/health': () => [state.ready ? 200 : 500, { live: true, ready: has('unhealthy') ? false : state.ready }],
};

async function handle(req, res) {
  const url = new URL(req.url, 'http://job');
  const path = has('no-prefix') ? url.pathname : url.pathname.replace(/^\/pub\/job\/[^/]+\/[^/]+(?=\/|$)/, '') || '';
  log(req, `${req.method} ${req.url}`);
  if (has('one-call-a-connection')) res.setHeader('connection', 'close');
  if (has('refuses-tracing') && req.headers.traceparent === 'nonsense')
    throw new Refusal(400, 'no trace', 'BadRequest');
  if (PROBES[path]) {
    if (req.method !== 'GET' && !has('any-verb')) throw new Refusal(405, 'no such verb', 'MethodNotAllowed');
    return send(res, ...PROBES[path]());
  }
  if (path === '' || path === '/')
    return res
      .writeHead(307, {
        location: has('absolute-redirect') ? '/docs' : `${path === '' ? `${url.pathname.split('/').pop()}/` : ''}docs`,
      })
      .end();
  if (path === '/docs') return res.end('<title>docs</title>');
  if (path === '/openapi.json') return send(res, 200, openApi(DEFECT));
  if (path === '/metrics') return metrics(res);
  const name = path.replace('/api/v1/', '');
  if (!CALL_PATHS[name] && name !== 'stream') {
    if (has('html-404')) return res.writeHead(404, { 'content-type': 'text/html' }).end('<h1>not here</h1>');
    throw new Refusal(404, 'Not Found', 'NotFound');
  }
  if (req.method !== 'POST') throw new Refusal(405, 'no such verb', 'MethodNotAllowed');
  if (!state.ready) throw new Refusal(503, 'still loading', 'JobNotReady', 'platform');
  if (state.stopping) throw new Refusal(503, 'shutting down', 'ShuttingDown', 'platform');
  await call(req, res, name);
}

async function call(req, res, name) {
  const input = await readJson(req);
  if (state.running >= CALLS && !has('no-limit')) throw new Refusal(429, 'too many calls', 'JobBusy', 'platform');
  state.running += 1;
  state.started += 1;
  try {
    if (name === 'stream') return await stream(req, res, input);
    const answer = await withLimit(req, CALL_PATHS[name](input));
    send(res, 200, answer);
  } finally {
    state.running -= 1;
    if (!has('counts-nothing')) state.done += 1;
    state.last = Date.now() / 1000;
  }
}

async function withLimit(req, result) {
  const seconds = Number(req.headers['x-request-timeout']);
  if (!(seconds > 0) || has('no-time-limit')) return result;
  const late = sleep(seconds * 1000).then(() => {
    throw new Refusal(504, 'too slow', 'JobTimeout', 'job');
  });
  Promise.resolve(result).catch(() => {});
  return Promise.race([result, late]);
}

async function readJson(req) {
  if (Number(req.headers['content-length']) > BODY_LIMIT && !has('no-body-limit'))
    throw new Refusal(413, 'too large', 'PayloadTooLarge');
  const pieces = [];
  let size = 0;
  req.once('close', () => {
    if (has('hurt-by-leavers') && !req.complete && ++leavers > 5) state.ready = false;
  });
  for await (const piece of req) {
    size += piece.length;
    if (size > BODY_LIMIT && !has('no-body-limit')) throw new Refusal(413, 'too large', 'PayloadTooLarge');
    pieces.push(piece);
  }
  if (has('500-for-odd-types') && req.headers['content-type'] !== 'application/json') throw new Error('which type?');
  const value = parse(Buffer.concat(pieces));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Refusal(400, 'the body is no object', 'BadRequest');
}

function parse(bytes) {
  try {
    return bytes.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    if (has('500-for-bad-json')) throw new Error('cannot parse');
    throw new Refusal(400, 'the body is no JSON', 'BadRequest');
  }
}

async function stream(req, res, { count, size, pause }) {
  const events = req.headers.accept === 'text/event-stream' && !has('no-events');
  const type = events ? 'text/event-stream' : req.headers.accept === LINES ? LINES : 'application/json';
  const piece = JSON.stringify('x'.repeat(size));
  res.writeHead(200, { 'content-type': has('no-lines') && type === LINES ? 'text/plain' : type });
  if (type === 'application/json') return void res.end(`[${Array(count).fill(piece)}]`);
  res.flushHeaders();
  for (let n = 0; n < count && (has('streams-to-nobody') || !res.destroyed); n += 1) {
    const room = res.write(events ? `data: ${piece}\n\n` : `${piece}\n`);
    if (pause > 0) await sleep(pause * 1000);
    else if (!room && !has('no-back-pressure'))
      await Promise.race([new Promise((go) => res.once('drain', go)), new Promise((go) => res.once('close', go))]);
    else if (n % 50 === 0) await new Promise(setImmediate);
  }
  res.end();
}

function metrics(res) {
  const rows = { requests_started_total: state.started, requests_done_total: state.done };
  const lines = Object.entries(rows).flatMap(([name, value]) => [
    `# HELP ${name} Calls`,
    `# TYPE ${name} counter`,
    `${name} ${value}`,
  ]);
  lines.push(
    '# HELP last_call_timestamp Time',
    '# TYPE last_call_timestamp gauge',
    `last_call_timestamp ${state.last}`,
  );
  if (has('bad-metrics')) lines.push('broken metric{ 1');
  res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`${lines.join('\n')}\n`);
}

function send(res, status, value, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

function refuse(res, error) {
  if (res.headersSent) return res.destroy();
  const { status = 500, fault = 'job', body = { error: error.message, type: error.name } } = error;
  if (has('stack-traces') && status === 500) body.error = error.stack;
  const headers = has('no-fault') ? {} : { 'x-racetrack-fault': fault };
  if (status === 429 && !has('no-retry-after')) headers['retry-after'] = '1';
  send(res, status, body, headers);
}

function log(req, msg) {
  const record = { time: new Date().toISOString(), lvl: 'INFO', msg };
  if (!has('no-tracing-in-log')) record.tracing_id = req.headers['x-request-tracing-id'];
  record.caller_name = req.headers['x-caller-name'];
  process.stdout.write(has('plain-log') ? `${msg}\n` : `${JSON.stringify(record)}\n`);
}

const server = createServer((req, res) => {
  handle(req, res).catch((error) => refuse(res, error));
});
if (has('lax-http'))
  server.on('clientError', (_, socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
server.listen(Number(PORT), '127.0.0.1');

if (START === 'fail') state.failure = 'told to fail';
else setTimeout(() => (state.ready = true), START === 'slow' ? 1_500 : 0);

process.on('SIGTERM', async () => {
  if (has('ends-at-once')) process.exit(0);
  state.stopping = true;
  while (state.running > 0) await sleep(10);
  if (!has('leaves-a-process')) worker.kill('SIGKILL');
  else worker.unref();
  process.exit(has('exit-code') ? 3 : 0);
});
