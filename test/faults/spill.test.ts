/** Owns the proof that large bodies go to the disk, whole, and that nothing of them stays there. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { prepareJob } from '../../wrapper/cli/job.ts';
import { parseRunOptions } from '../../wrapper/cli/options.ts';
import { createLogger } from '../../wrapper/core/log.ts';
import { startService } from '../../wrapper/service.ts';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { post, RawClient } from '../../wrapper/verify/raw-client.ts';
import { call, expectNothingLeft, isolateTemporaryFiles, JOBS, MARKED, start, stop } from './running.ts';

const PERFORM = '/api/v1/perform';
const LARGE = 300_000;
const large = JSON.stringify({ text: 'x'.repeat(LARGE) });

isolateTemporaryFiles();
afterAll(expectNothingLeft);

/** The files of bodies that lie there now; undefined when there is no folder for them. */
function storedBodies(): string[] | undefined {
  const folder = readdirSync(tmpdir()).find((name) => name.startsWith('racetrack-bodies-'));
  return folder === undefined ? undefined : readdirSync(join(tmpdir(), folder));
}
const expectNoBodies = () => vi.waitFor(() => expect(storedBodies() ?? []).toEqual([]), { timeout: 10_000 });

describe('a body above the limit of memory', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await start('measure.py', { args: ['--spill', '100K', '--max-body', '1M', '--max-concurrency', '1'] });
  });
  afterAll(() => stop(job));

  test('reaches the job whole, and its file is gone afterwards', async () => {
    expect(await call(job, 'perform', { text: 'x'.repeat(LARGE) })).toMatchObject({
      status: 200,
      text: `{"text":${LARGE}}`,
    });
    expect(storedBodies()).toBeDefined();
    await expectNoBodies();
  });

  test('the folder is closed to others', () => {
    const folder = readdirSync(tmpdir()).find((name) => name.startsWith('racetrack-bodies-')) as string;
    expect(statSync(join(tmpdir(), folder)).mode & 0o777).toBe(0o700);
  });

  test('reaches the job whole when it comes in chunks of unknown number', async () => {
    const client = new RawClient(job.address);
    client.send(post(PERFORM, ['Content-Type: application/json', 'Transfer-Encoding: chunked']));
    for (let at = 0; at < large.length; at += 50_000) {
      const piece = large.slice(at, at + 50_000);
      client.send(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    }
    client.send('0\r\n\r\n');
    expect(await client.answer()).toMatchObject({ status: 200, body: `{"text":${LARGE}}` });
    client.destroy();
    await expectNoBodies();
  });

  test('in chunks over the limit is a 413', async () => {
    const client = new RawClient(job.address);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    client.send(
      `${post(PERFORM, ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}${chunk.repeat(40)}`,
    );
    expect(await client.answer()).toMatchObject({ status: 413 });
    client.destroy();
    await expectNoBodies();
  });

  test.each([
    ['no JSON', `{"text":${'x'.repeat(LARGE)}`, 'Content-Type: application/json'],
    ['of another type', large, 'Content-Type: text/plain'],
  ])('is a 422 when it is %s', async (_, text, type) => {
    const client = new RawClient(job.address);
    client.send(post(PERFORM, [type, `Content-Length: ${text.length}`], text));
    expect(await client.answer()).toMatchObject({ status: 422 });
    client.destroy();
    await expectNoBodies();
  });

  test('whose caller leaves in the middle is dropped, and never reaches the job', async () => {
    const before = (await call(job, 'count')).text;
    const client = new RawClient(job.address);
    client.send(
      post(PERFORM, ['Content-Type: application/json', `Content-Length: ${large.length}`], large.slice(0, 200_000)),
    );
    await vi.waitFor(() => expect(storedBodies()).toHaveLength(1), { timeout: 10_000 });
    client.destroy();
    await expectNoBodies();
    expect((await call(job, 'count')).text).toBe(before);
  });

  test('whose caller leaves while it waits in the queue is dropped', async () => {
    const running = call(job, 'perform', { seconds: 1 });
    const client = new RawClient(job.address);
    client.send(post(PERFORM, ['Content-Type: application/json', `Content-Length: ${large.length}`], large));
    await vi.waitFor(() => expect(storedBodies()).toHaveLength(1), { timeout: 10_000 });
    client.destroy();
    await expectNoBodies();
    expect((await running).status).toBe(200);
  });

  test('whose worker is killed over it is a 502, and its file is gone', async () => {
    expect((await call(job, 'die', { text: 'x'.repeat(LARGE) })).status).toBe(502);
    await expectNoBodies();
    await vi.waitFor(async () => expect((await call(job, 'count')).status).toBe(200), { timeout: 10_000 });
  });

  test.each([
    ['ends before its declared length', `Content-Length: ${large.length}`, large.slice(0, 200_000)],
    ['ends in the middle of a chunk', 'Transfer-Encoding: chunked', `40000\r\n${large.slice(0, 200_000)}`],
  ])('that %s never reaches the job', async (_, framing, sent) => {
    const before = (await call(job, 'count')).text;
    const client = new RawClient(job.address);
    client.send(post(PERFORM, ['Content-Type: application/json', framing], sent));
    client.socket.end();
    await client.end();
    await expectNoBodies();
    expect((await call(job, 'count')).text).toBe(before);
  });

  test('with noise behind its declared length ends the connection, and nothing of it stays', async () => {
    const client = new RawClient(job.address);
    const framing = ['Content-Type: application/json', `Content-Length: ${large.length}`];
    client.send(`${post(PERFORM, framing, large)}noise\r\n\r\n`);
    await client.end();
    await expectNoBodies();
  });

  test('is stored again after somebody has cleared the temporary folder', async () => {
    for (const name of readdirSync(tmpdir())) {
      if (name.startsWith('racetrack-bodies-')) rmSync(join(tmpdir(), name), { recursive: true });
    }
    expect((await call(job, 'perform', { text: 'x'.repeat(LARGE) })).text).toBe(`{"text":${LARGE}}`);
  });
});

test('a body whose sender stops is a 408, and nothing of it stays', async () => {
  const options = { ...parseRunOptions(['--spill', '100K']), host: '127.0.0.1', port: 0 };
  const env = { ...process.env, ...MARKED };
  const request = { path: 'measure.py', className: undefined, options, env, cwd: JOBS, onOutput: () => {} };
  const { config, started } = await prepareJob(request);
  const sink = { write: () => {}, flush: async () => {}, dropped: 0 };
  const limits = { ...config.limits, requestMs: 600 };
  const service = await startService(
    { ...config, limits },
    { logger: createLogger(sink, { structured: false }), sink, started },
  );
  await service.settled();
  const client = new RawClient(service.address);
  client.send(
    post(PERFORM, ['Content-Type: application/json', `Content-Length: ${large.length}`], large.slice(0, 200_000)),
  );
  expect(await client.answer()).toMatchObject({ status: 408 });
  await client.end();
  await expectNoBodies();
  await service.stop();
});

test('what a killed wrapper has left behind is removed at the next start, what a living one needs is not', async () => {
  const own = `racetrack-bodies-${hostname()}`;
  const ofTheDead = join(tmpdir(), `${own}-999999999-abcdef`);
  const ofAPredecessor = join(tmpdir(), `${own}-${process.pid}-abcdef`);
  const ofTheLiving = join(tmpdir(), `${own}-${process.ppid}-abcdef`);
  const ofAnotherHost = mkdtempSync(join(tmpdir(), 'racetrack-bodies-elsewhere-999999999-'));
  for (const folder of [ofTheDead, ofAPredecessor, ofTheLiving]) mkdirSync(folder);
  utimesSync(ofAPredecessor, 0, 0);
  const job = await start('measure.py');
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('racetrack-bodies-'));
  const expected = [ofTheLiving, ofAnotherHost].map((path) => path.slice(tmpdir().length + 1));
  await vi.waitFor(() => expect(left().sort()).toEqual(expected.sort()), { timeout: 10_000 });
  for (const folder of [ofTheLiving, ofAnotherHost]) rmSync(folder, { recursive: true });
  await stop(job);
});
