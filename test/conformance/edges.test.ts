/** Owns the edge cases E1 to E24 that were measured on TheRacetrack's Python wrapper, asked of ours; differences on purpose are named. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StartOptions, WrapperUnderTest } from '../../wrapper/testing.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start, stop, writeJob } from '../faults/running.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const API = '/api/v1';
const dictError = (input: unknown) => ({
  detail: [{ type: 'dict_type', loc: ['body'], msg: 'Input should be a valid dictionary', input }],
});

isolateTemporaryFiles();

describe('the adder', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await start('adder.py', { cwd: JOBS });
  });
  afterAll(expectNothingLeft);
  const api = () => supertest(job.address);
  const metrics = async (line: RegExp) => Number(line.exec((await get(job, '/metrics')).text)?.[1] ?? 0);

  test.each(['null', ''])('E1: the body %j runs the example', async (body) => {
    await api().post(`${API}/perform`).set('content-type', 'application/json').send(body).expect(200, '365');
    expect((await call(job, 'two', null)).text).toBe('3');
  });

  test('E2: a list is a 422', async () => {
    await api()
      .post(`${API}/perform`)
      .send([1, 2])
      .expect(422, dictError([1, 2]));
  });

  test('E3: a body declared as a form is a 422 that shows it', async () => {
    const form = api().post(`${API}/perform`).set('content-type', 'application/x-www-form-urlencoded');
    await form.send('{"numbers":[1]}').expect(422, dictError('{"numbers":[1]}'));
  });

  test('E14: neither name nor version of a prefix is checked', async () => {
    await api().get('/pub/job/other/9.9/live').expect(200);
  });

  test('E15: the tracing id is logged, not echoed', async () => {
    const answer = await api()
      .post(`${API}/perform`)
      .set('x-request-tracing-id', 'tid-1')
      .send({ numbers: [1] })
      .expect(200);
    expect(JSON.stringify(answer.headers)).not.toContain('tid-1');
    await vi.waitFor(() => expect(job.logs()).toMatch(/INFO {2}POST \/api\/v1\/perform 200, tracing_id=tid-1/));
  });

  test('E16: a preflight request', async () => {
    const preflight = await api()
      .options(`${API}/perform`)
      .set({ origin: 'http://page', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-a' });
    expect([preflight.status, preflight.text]).toEqual([200, 'OK']);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'http://page',
      'access-control-allow-methods': 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
      'access-control-allow-headers': 'x-a',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '600',
    });
    await api().options(`${API}/perform`).expect(405);
  });

  test('E18: a 400 counts as an error of the call, a 422 does not', async () => {
    const errors = () => metrics(/^request_internal_errors_total\{endpoint="\/two"\} (\S+)/m);
    const all = () => metrics(/^commons_requests_done_total (\S+)/m);
    await call(job, 'two', { x: 1 });
    const after400 = await errors();
    expect(after400).toBeGreaterThan(0);
    const before = await all();
    expect((await call(job, 'two', [1])).status).toBe(422);
    expect(await errors()).toBe(after400);
    expect(await all()).toBeGreaterThan(before);
  });

  test('E19: a trailing slash leads to the path without it (differs: by a relative address)', async () => {
    const { headers } = await api().post(`${API}/two/`).redirects(0).expect(307);
    expect(new URL(headers.location as string, `http://job${API}/two/`).pathname).toBe(`${API}/two`);
  });
});

describe('results and errors', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await start('results.py', { cwd: JOBS, className: 'Job' });
  });
  afterAll(expectNothingLeft);

  test.each([
    ['E4: NaN and infinities', 'nan', '{"a":null,"b":[null,null]}'],
    [
      'E5: a nested numpy array (differs: serialised, the original refuses it)',
      'nested array',
      '{"a":[[1],[2]],"b":[[3]]}',
    ],
  ])('%s', async (_, kind, text) => expect(await call(job, 'result', { kind })).toMatchObject({ status: 200, text }));

  test('E6: async def perform (differs: awaited, the original answers 400)', async () => {
    expect(await call(job, 'perform', { value: 2 })).toMatchObject({ status: 200, text: '{"value":2}' });
  });

  const PREFIX = 'failed to call a function: ';
  test.each([
    ['E8: a KeyError', 'KeyError', 500, { error: "'k'", type: 'KeyError' }],
    ['E9: an HTTPException', 'HTTPException', 409, { detail: { a: 1 } }],
    [
      'E20: an exception group',
      'group',
      500,
      { error: "eg (2 sub-exceptions): a, 'b'", type: 'ExceptionGroup: ValueError, KeyError' },
    ],
    ['E20: an exception group of one', 'group of one', 500, { error: 'a', type: 'ValueError' }],
  ])('%s', async (_, kind, status, body) => {
    const answer = await call(job, 'fail', { kind });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, body]);
    if (kind === 'HTTPException') expect(answer.headers.get('x-why')).toBe('because');
  });

  test("E7: a TypeError deep in the job's own code is a 400, and the job's fault", async () => {
    const answer = await call(job, 'fail', { kind: 'deep TypeError' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-racetrack-fault')).toBe('job');
    const { error, type } = JSON.parse(answer.text);
    expect(type).toBe('ValueError');
    expect(error.startsWith(PREFIX)).toBe(true);
  });

  test('E17: a response object is passed through', async () => {
    const answer = await call(job, 'result', { kind: 'response' });
    expect([answer.status, answer.text]).toEqual([418, 'short and stout']);
    expect(answer.headers.get('content-type')).toBe('text/x-pot');
    expect(answer.headers.get('x-lid')).toBe('on');
  });
});

describe('starts and stops', () => {
  afterEach(expectNothingLeft);
  const begin = (source: string, options: Partial<StartOptions> = {}) =>
    start('job.py', { cwd: writeJob(source), waitFor: 'listening', ...options });
  const failed = (job: WrapperUnderTest) =>
    vi.waitFor(async () => {
      const { status, text } = await get(job, '/live');
      expect(status).toBe(500);
      return JSON.parse(text).error as string;
    }, 5_000);

  test('E10: a slow constructor (differs: the 404 also says why)', async () => {
    const job = await begin(
      'import time\nclass A:\n    def __init__(self): time.sleep(30)\n    def perform(self): pass',
    );
    expect((await get(job, '/live')).status).toBe(200);
    expect((await get(job, '/ready')).status).toBe(500);
    const answer = await call(job);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({
      detail: 'Not Found',
      error: expect.stringMatching(/still loading/),
    });
  });

  test('E11: a constructor that raises (differs: the 404 also says why)', async () => {
    const job = await begin('class A:\n    def __init__(self): raise KeyError("no model")');
    expect(await failed(job)).toMatch(/^'no model', cause=KeyError, traceback=/);
    const answer = await call(job);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ detail: 'Not Found', error: expect.stringMatching(/no model/) });
    expect((await get(job, '/docs')).status).toBe(200);
  });

  test('E12: two classes need a name', async () => {
    const source = 'class A:\n    def perform(self): return "a"\nclass B:\n    def perform(self): return "b"';
    expect(await failed(await begin(source))).toMatch(
      /multiple classes found in a module, the name should be set explicitly/,
    );
    expect((await call(await begin(source, { className: 'B', waitFor: 'ready' }))).text).toBe('"b"');
  });

  test('E13: a limit of the manifest: 200, 200, 200, 429, 429', async () => {
    const manifest = 'name: a\njobtype_extra:\n  max_concurrency: 1\n  max_concurrency_queue: 2\n';
    const job = await begin(
      'import time\nclass A:\n    def perform(self): time.sleep(0.3)\n    def fast(self): return 1\n    def auxiliary_endpoints(self): return {"/fast": self.fast}',
      { waitFor: 'ready', env: { JOB_MANIFEST_YAML: manifest } },
    );
    const calls: Promise<{ status: number }>[] = [];
    for (let n = 0; n < 5; n++) {
      calls.push(call(job, n === 4 ? 'fast' : 'perform'));
      await sleep(30);
    }
    expect((await Promise.all(calls)).map((answer) => answer.status)).toEqual([200, 200, 200, 429, 429]);
  });

  test('E21: metrics that raise at the start', async () => {
    const job = await begin('class A:\n    def perform(self): pass\n    def metrics(self): raise ValueError("no")');
    expect(await failed(job)).toMatch(/^no, cause=ValueError/);
  });

  test('E22: JOB_MANIFEST_YAML with literal \\n (differs: the redirect is relative)', async () => {
    const env = { JOB_MANIFEST_YAML: 'name: a\\njobtype_extra:\\n  home_page: /api/v1/parameters\\n' };
    const job = await begin('class A:\n    def perform(self): pass', { waitFor: 'ready', env });
    expect((await get(job, '/')).headers.get('location')).toBe('./api/v1/parameters');
  });

  test('E23: a stop during a call: one that ends within the grace time does, another is cut', async () => {
    const source =
      'import time\nclass A:\n    def perform(self, seconds):\n        time.sleep(seconds)\n        return seconds';
    const job = await begin(source, { waitFor: 'ready', args: ['--grace', '1'] });
    const short = call(job, 'perform', { seconds: 0.5 });
    const long = call(job, 'perform', { seconds: 30 }).catch(() => ({ status: 0 }));
    await sleep(100);
    await stop(job);
    expect((await short).status).toBe(200);
    expect([0, 502, 503]).toContain((await long).status);
  });

  test('E24: 42 parallel sleepers, and /live answers (differs: the original stalls)', async () => {
    const job = await begin('import time\nclass A:\n    def perform(self): time.sleep(0.6)', { waitFor: 'ready' });
    let done = 0;
    const calls = Array.from({ length: 42 }, () => call(job).then(() => (done += 1)));
    await sleep(100);
    for (let n = 0; n < 5; n++) expect((await get(job, '/live')).status).toBe(200);
    expect(done).toBeLessThan(42);
    await Promise.all(calls);
  });
});
