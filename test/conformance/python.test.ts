/** Owns the cases U5 to U26 that TheRacetrack's Python wrapper is tested with, asked of ours; differences on purpose are named. */
import { join } from 'node:path';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StartOptions, WrapperUnderTest } from '../../wrapper/testing.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start, stop, writeJob } from '../faults/running.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const SKYNET = { JOB_NAME: 'skynet', JOB_VERSION: '0.0.1' };
const API = '/api/v1';

isolateTemporaryFiles();

let job: WrapperUnderTest;

/** Serves one job to all tests of a group. */
function serve(file: string, options: Partial<StartOptions> = {}): void {
  beforeAll(async () => {
    job = await start(file, { cwd: JOBS, ...options });
  });
  afterAll(expectNothingLeft);
}

/** Where a redirect leads, seen from the path that was asked for. */
async function redirectOf(path: string): Promise<string> {
  const { headers } = await supertest(job.address).get(path).redirects(0).expect(307);
  expect(headers.location).not.toMatch(/^(https?:)?\//); // relative: aliases and proxies keep their own prefix
  return new URL(headers.location as string, `http://job${path}`).pathname;
}

describe('the adder', () => {
  serve('adder.py', { env: { JOB_NAME: 'adder', JOB_VERSION: '0.0.1' } });

  test('U1, U3: the examples are in the documentation', async () => {
    const { paths } = JSON.parse((await get(job, '/openapi.json')).text);
    const exampleOf = (path: string) => {
      const { schema, example } = paths[path].post.requestBody.content['application/json'];
      return example ?? schema.default ?? schema.example ?? schema.examples?.[0];
    };
    expect(exampleOf(`${API}/perform`)).toEqual({ numbers: [300, 60, 5], radix: 10 });
    expect(exampleOf(`${API}/explain`)).toEqual({ x: 1, y: 2 });
  });

  test('U2: the docstring is there without its indentation', async () => {
    const { paths } = JSON.parse((await get(job, '/openapi.json')).text);
    expect(paths[`${API}/perform`].post.description).toContain('Add numbers.\n\n    Indented detail.\nThe end.');
  });

  test.each(['', '/pub/job/adder/latest', '/pub/fatman/adder/latest'])('U5: perform below "%s"', async (prefix) => {
    await supertest(job.address)
      .post(`${prefix}${API}/perform`)
      .send({ numbers: [40, 2] })
      .expect(200, '42');
  });

  test('U6: parameters', async () => {
    expect(JSON.parse((await get(job, `${API}/parameters`)).text)).toEqual([
      { name: 'numbers', type: 'List' },
      { name: 'radix', default_value: 10, type: 'int' },
    ]);
  });

  test('U7: auxiliary endpoints', async () => {
    expect((await call(job, 'explain', { x: 2, y: 8 })).text).toBe('{"x_importance":0.2,"y_importance":0.8}');
    expect((await call(job, 'random')).text).toBe('4');
  });

  test('U9: home leads to the docs (differs: by a relative address)', async () => {
    expect(await redirectOf('/pub/job/adder/0.0.1/')).toBe('/pub/job/adder/0.0.1/docs');
    expect(await redirectOf('/pub/job/adder/latest/')).toBe('/pub/job/adder/latest/docs');
    expect(await get(job, '/pub/job/adder/0.0.1/docs')).toMatchObject({
      status: 200,
      text: expect.stringContaining('Swagger UI'),
    });
  });

  test('U14: the server is up within 5 s', async () => {
    const own = await start('adder.py', { cwd: JOBS, waitFor: 'listening' });
    await vi.waitFor(async () => expect(JSON.parse((await get(own, '/health')).text).status).toBe('pass'), 5_000);
    expect((await get(own, '/live')).status).toBe(200);
    expect((await get(own, '/ready')).status).toBe(200);
    await stop(own);
  });
});

describe('the second form of auxiliary endpoints', () => {
  serve('second.py');

  test('U8: POST /explain and GET /random', async () => {
    expect((await call(job, 'perform', { x: 40, y: 2 })).text).toBe('42');
    expect((await call(job, 'explain', { x: 2, y: 8 })).text).toBe('{"x_importance":0.2,"y_importance":0.8}');
    expect((await get(job, `${API}/random`)).text).toBe('4.0');
  });

  test('a verb that is not supported is logged and left out', async () => {
    expect(job.logs()).toMatch(/ERROR .*\/other.*PUT/);
    await supertest(job.address).put(`${API}/other`).expect(404);
  });

  test('each is counted under its own path (differs: the original counts all under the last)', async () => {
    const { text } = await get(job, '/metrics');
    expect(text).toMatch(/^endpoint_requests_started_total\{endpoint="\/explain"\} 1/m);
    expect(text).toMatch(/^endpoint_requests_started_total\{endpoint="\/random"\} 1/m);
  });
});

describe('results and health', () => {
  serve('results.py', {
    className: 'Job',
    env: {
      JOB_NAME: 'skynet',
      JOB_VERSION: '1.2.3',
      GIT_VERSION: '1.2.3-2-g123456',
      DEPLOYED_BY_RACETRACK_VERSION: '0.0.15',
      JOB_DEPLOYMENT_TIMESTAMP: '1654779364',
      JOB_TYPE_VERSION: 'python3:3.0.0',
    },
  });

  test('U10: a ValueError is a 400', async () => {
    expect(await call(job, 'fail', { kind: 'ValueError' })).toMatchObject({
      status: 400,
      text: '{"error":"nope","type":"ValueError"}',
    });
  });

  test('U11: health, in the order of the original (differs: deployment_timestamp is a number)', async () => {
    expect(await get(job, '/health')).toMatchObject({
      status: 200,
      text: JSON.stringify({
        service: 'job',
        job_name: 'skynet',
        live: true,
        ready: true,
        status: 'pass',
        error: null,
        job_version: '1.2.3',
        git_version: '1.2.3-2-g123456',
        deployed_by_racetrack_version: '0.0.15',
        deployment_timestamp: 1654779364,
        job_type_version: 'python3:3.0.0',
      }),
    });
    expect((await get(job, '/live')).text).toBe('{"live":true,"deployment_timestamp":1654779364}');
    expect((await get(job, '/ready')).text).toBe('{"ready":true}');
  });

  test.each([
    ['U17: a numpy array', 'array', '[1,2,3]'],
    ['U18: a dataclass, without its excluded fields', 'dataclass', '{"name":"Data","age":30,"is_classy":true}'],
    ['U19: __to_json__ inside list and dict', 'quantity', '["100Mi",{"quantity":"1000m"}]'],
  ])('%s', async (_, kind, text) => expect(await call(job, 'result', { kind })).toMatchObject({ status: 200, text }));
});

describe('a job that cannot start', () => {
  afterAll(expectNothingLeft);
  const errorOf = async (source: string): Promise<string> => {
    const own = await start('job.py', { cwd: writeJob(source), waitFor: 'listening' });
    await vi.waitFor(async () => expect((await get(own, '/live')).status).toBe(500), 5_000);
    expect((await get(own, '/ready')).status).toBe(500);
    const { error } = JSON.parse((await get(own, '/live')).text);
    await stop(own);
    return error;
  };
  const example = (value: string) =>
    errorOf(`class A:\n    def perform(self, a): return a\n    def docs_input_example(self): return ${value}`);

  test('U12: live but not ready while it loads', async () => {
    const source = 'import time\nclass A:\n    def __init__(self): time.sleep(30)\n    def perform(self): return 1';
    const own = await start('job.py', { cwd: writeJob(source), waitFor: 'listening' });
    expect((await get(own, '/health')).status).toBe(500);
    expect((await get(own, '/live')).status).toBe(200);
    expect((await get(own, '/ready')).status).toBe(500);
    await stop(own);
  });

  test('U15: a syntax error', async () => expect(await errorOf('class A\n')).toContain('cause=SyntaxError'));

  test('U16: an unknown import on line 3', async () => {
    const error = await errorOf('import os\n\nimport not_existing_module\n');
    expect(error).toContain('cause=ModuleNotFoundError');
    expect(error).toMatch(/job\.py:3$/);
  });

  test('U22: an example that holds bytes', async () => {
    const error = await example('{"a": b"bytes"}');
    expect(error).toContain('invalid docs input example');
    expect(error).toContain('failed to encode input example (for /perform endpoint) to JSON');
    expect(error).toContain('Object of type bytes is not JSON serializable');
  });

  test('U23: an example of 1.1 million characters', async () =>
    expect(await example('{"a": "x" * 1_100_000}')).toContain('exceeds maximum size'));

  test('U24: an example that is text', async () =>
    expect(await example('"text"')).toContain('input example (for /perform endpoint) is not a dict'));
});

describe('metrics, files and a WSGI user interface', () => {
  serve('extras.py', { env: SKYNET });
  const VIEW = '/pub/job/skynet/0.0.1/api/v1/webview';

  test('U20: metrics', async () => {
    const started = (text: string) => Number(/^requests_started_total (\S+)/m.exec(text)?.[1]);
    const before = started((await get(job, '/metrics')).text);
    await call(job);
    const { text, headers } = await get(job, '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(started(text)).toBe(before + 1);
    for (const line of [
      /^# HELP requests_started_total /m,
      /^# HELP job_wasted_seconds Seconds you have wasted here$/m,
      /^job_wasted_seconds 1\.2$/m,
      /^job_positives\{color="blue"\} 5(\.0)?$/m,
      /^job_zero_value 0(\.0)?$/m,
    ])
      expect(text).toMatch(line);
    expect(text).not.toContain('job_null_value');
  });

  test('U21: static files', async () => {
    const api = supertest(job.address);
    const yaml = await api.get(`${API}/xrai`).buffer(true).expect(200);
    expect(yaml.headers['content-type']).toBe('application/x-yaml');
    expect(String(yaml.text ?? yaml.body)).toContain('name: Skynet');
    await api.get(`${API}/docs`).expect(404);
    expect((await api.get(`${API}/docs/subfolder/index.html`).expect(200)).headers['content-type']).toMatch(
      /^text\/html/,
    );
    expect((await api.get(`${API}/docs/Readme.md`).expect(200)).headers['content-type']).toMatch(/^text\/markdown/);
    await api.post(`${API}/xrai`).expect(405);
  });

  test('U25: the WSGI application sees the declared prefix, whichever was used', async () => {
    for (const path of [VIEW, `${VIEW}/`, '/pub/job/skynet/latest/api/v1/webview/', `${API}/webview/`]) {
      const page = await get(job, path);
      expect([path, page.status]).toEqual([path, 200]);
      expect(page.text).toContain(`<a href='${VIEW}/next'>`);
      expect(page.text).toMatch(new RegExp(`^<p>${VIEW}/?</p>`));
    }
    expect(await redirectOf('/pub/job/skynet/latest/api/v1/webview')).toBe('/pub/job/skynet/latest/api/v1/webview/');
    const css = await get(job, `${VIEW}/static/style.css`);
    expect(css).toMatchObject({ status: 200, text: expect.stringContaining('background-color') });
    expect(css.headers.get('content-type')).toMatch(/^text\/css/);
    expect((await get(job, `${VIEW}/static/none.css`)).status).toBe(404);
  });
});

describe('an ASGI user interface', () => {
  const manifest = 'name: skynet\\njobtype_extra:\\n  home_page: /api/v1/webview\\n';
  serve('asgi.py', { env: { ...SKYNET, JOB_MANIFEST_YAML: manifest } });

  test('U26: it is mounted where it was asked for', async () => {
    const declared = '/pub/job/skynet/0.0.1/api/v1/webview';
    for (const prefix of ['', '/pub/job/skynet/0.0.1', '/pub/job/skynet/latest']) {
      const page = await get(job, `${prefix}${API}/webview/page`);
      expect(page).toMatchObject({
        status: 200,
        text: `${prefix}${API}/webview ${prefix}${API}/webview/page ${declared}`,
      });
    }
    expect((await get(job, declared)).status).toBe(200);
    expect((await get(job, `${declared}/static/style.css`)).text).toContain('background-color');
  });

  test('U26: home page and slash (differs: by relative addresses)', async () => {
    expect(await redirectOf('/pub/job/skynet/0.0.1')).toBe('/pub/job/skynet/0.0.1/');
    expect(await redirectOf('/pub/job/skynet/0.0.1/')).toBe('/pub/job/skynet/0.0.1/api/v1/webview');
    expect(await redirectOf('/pub/job/skynet/latest/')).toBe('/pub/job/skynet/latest/api/v1/webview');
  });

  test('a class without perform says so', async () => {
    const error = { error: "entrypoint doesn't have 'perform' method implemented", type: 'ValueError' };
    expect(await call(job)).toMatchObject({ status: 400, text: JSON.stringify(error) });
    expect(await get(job, `${API}/parameters`)).toMatchObject({ status: 400, text: JSON.stringify(error) });
  });
});
