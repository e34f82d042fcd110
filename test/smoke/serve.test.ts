/** The built command serves a sample: call, documentation, metrics, and an end that leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { descendantsOf, isGone } from '../protocol/processes.ts';
import { ADDER, post, racetrack, type Serving, serve } from './command.ts';

let job: Serving;
let kill = () => {};

beforeAll(async () => {
  job = await serve([ADDER], {}, (stop) => {
    kill = stop;
  });
  await job.shows('is ready at');
});
afterAll(() => kill());

test('one line says where it is and how long the start took', () => {
  expect(job.output()).toMatch(
    new RegExp(
      `^  adder is ready at ${job.address}   docs ${job.address}/docs   \\(python 3\\.\\d+\\.\\d+, started in \\d+\\.\\d\\d s\\)$`,
      'm',
    ),
  );
});

test('it answers calls, over HTTP and from the command line', async () => {
  expect(await post(job.address, { numbers: [40, 2] })).toEqual([200, '42']);
  expect(await post(`${job.address}/pub/job/adder/latest`, { numbers: [1.5] })).toEqual([200, '1.5']);
  const port = new URL(job.address).port;
  expect(await racetrack(['call', port, '{"numbers": [40, 2]}'])).toEqual({ code: 0, stdout: '42', stderr: '' });
  expect(await racetrack(['call', job.address], { input: '{"numbers": [1]}' })).toMatchObject({ code: 0, stdout: '1' });
});

test('a call that fails says so: the answer on standard error, exit code 1', async () => {
  const { code, stdout, stderr } = await racetrack(['call', job.address, '{"numbers": ["a"]}']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('answered 400 Bad Request');
  expect(stderr).toContain('unsupported operand type');
});

test.each(['', '/pub/job/adder/latest'])(
  'the documentation page and everything it loads come from the job itself (%s)',
  async (prefix) => {
    const page = await fetch(`${job.address}${prefix}/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
    expect(assets.filter((asset) => asset.endsWith('.js')).length).toBeGreaterThanOrEqual(2);
    expect(assets.some((asset) => asset.endsWith('.css'))).toBe(true);
    for (const asset of assets) {
      const url = new URL(asset, page.url);
      expect(url.origin).toBe(job.address);
      const response = await fetch(url);
      expect([asset, response.status]).toEqual([asset, 200]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  },
);

test('probes, metrics, parameters and the OpenAPI document', async () => {
  const get = async (path: string) => {
    const response = await fetch(job.address + path);
    return [response.status, await response.text()] as const;
  };
  expect(await get('/live')).toEqual([200, '{"live":true,"deployment_timestamp":null}']);
  expect(await get('/ready')).toEqual([200, '{"ready":true}']);
  expect((await get('/health'))[1]).toContain('"status":"pass"');
  expect((await get('/metrics'))[1]).toMatch(/^# HELP /m);
  expect(JSON.parse((await get('/api/v1/parameters'))[1])).toMatchObject([{ name: 'numbers' }]);
  const document = JSON.parse((await get('/openapi.json'))[1]) as { openapi: string; paths: object };
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(Object.keys(document.paths)).toContain('/api/v1/perform');
});

test('`schema` prints the same endpoints without a server', async () => {
  const { code, stdout } = await racetrack(['schema', ADDER]);
  expect(code).toBe(0);
  const served = (await (await fetch(`${job.address}/openapi.json`)).json()) as { paths: object };
  expect((JSON.parse(stdout) as { paths: object }).paths).toEqual(served.paths);
});

test('SIGTERM ends it with exit code 0, and no process is left', async () => {
  const children = descendantsOf(job.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  expect(await job.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  for (const pid of [job.pid, ...children]) expect(await isGone(pid)).toBe(true);
  expect(job.output()).toContain('SIGTERM: shutting down');
  expect(job.output()).toContain('Server has stopped');
});
