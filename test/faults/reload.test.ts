/** Owns the proof that `--reload` serves a change without dropping a request, and goes on with the old job when it is broken. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { serve } from '../smoke/command.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, MARKED, writeJob } from './running.ts';

isolateTemporaryFiles();
afterEach(expectNothingLeft);

const version = (number: number, more = '') => `
import time
class Job:
    def perform(self, seconds=0.005):
        time.sleep(seconds)
        return ${number}
${more}`;

async function serveReloading(folder: string) {
  const command = await serve([join(folder, 'job.py'), '--reload', '--no-access-log'], { cwd: folder, env: MARKED });
  await command.shows('Server is ready');
  return command;
}

test('a change is served without a dropped request; a broken one leaves the old job serving until it is mended', async () => {
  const folder = writeJob(version(1));
  const command = await serveReloading(folder);
  const seen = new Map<string, number>();
  let running = true;
  const callers = Array.from({ length: 6 }, async () => {
    while (running) {
      const { status, text } = await call(command);
      seen.set(`${status} ${text}`, (seen.get(`${status} ${text}`) ?? 0) + 1);
    }
  });
  const answers = async () => (await call(command)).text;
  expect(await answers()).toBe('1');

  writeJob(version(2), folder);
  await vi.waitFor(async () => expect(await answers()).toBe('2'), 8_000);

  writeJob('class Job:\n    def perform(self)\n        return 3', folder);
  await command.shows(/ERROR .*the previous one goes on: .*SyntaxError/);
  expect(await answers()).toBe('2');
  expect((await get(command, '/live')).status).toBe(200);
  expect((await get(command, '/ready')).status).toBe(200);

  writeJob(version(4, '    def auxiliary_endpoints(self): return {"/more": lambda: "more"}'), folder);
  await vi.waitFor(async () => expect(await answers()).toBe('4'), 8_000);
  expect((await call(command, 'more')).text).toBe('"more"');
  expect(Object.keys(JSON.parse((await get(command, '/openapi.json')).text).paths)).toContain('/api/v1/more');

  running = false;
  await Promise.all(callers);
  expect([...seen.keys()].sort()).toEqual(['200 1', '200 2', '200 4']);
  expect(await command.stop()).toEqual({ code: 0, signal: null });
});

test('a call that is running when the change comes is answered by the job it was made to', async () => {
  const folder = writeJob(version(1));
  const command = await serveReloading(folder);
  const running = call(command, 'perform', { seconds: 2 });
  writeJob(version(2), folder);
  await vi.waitFor(async () => expect((await call(command)).text).toBe('2'), 8_000);
  expect((await running).text).toBe('1');
  expect(await command.stop()).toEqual({ code: 0, signal: null });
});

test('a call whose endpoint a reload takes away while its body arrives is told so, and the wrapper goes on', async () => {
  const folder = writeJob(version(1, '    def auxiliary_endpoints(self): return {"/more": lambda: "more"}'));
  const command = await serveReloading(folder);
  const headers = { 'content-type': 'application/json', 'content-length': 2 };
  const upload = request(`${command.address}/api/v1/more`, { method: 'POST', headers });
  const answered = once(upload, 'response');
  upload.write('{');
  writeJob(version(2), folder);
  await vi.waitFor(async () => expect((await call(command)).text).toBe('2'), 8_000);
  upload.end('}');
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(503);
  expect(JSON.parse(await text(response)).type).toBe('JobRestarting');
  expect((await call(command)).text).toBe('2');
  expect(await command.stop()).toEqual({ code: 0, signal: null });
});

test('a job that could not be started is served when it is mended', async () => {
  const folder = writeJob('import no_such_module_here');
  const command = await serve([join(folder, 'job.py'), '--reload'], { cwd: folder, env: MARKED });
  await command.shows(/Initialization error/);
  expect((await get(command, '/live')).status).toBe(500);
  const mend = async () => {
    writeJob(version(1), folder); // again and again: the watching begins a moment after the start
    expect((await call(command)).text).toBe('1');
  };
  await vi.waitFor(mend, { timeout: 8_000, interval: 700 });
  expect((await get(command, '/live')).status).toBe(200);
  expect(await command.stop()).toEqual({ code: 0, signal: null });
});

test('many changes in a row end with the last one', async () => {
  const folder = writeJob(version(0));
  const command = await serveReloading(folder);
  for (let number = 1; number <= 5; number++) {
    writeJob(version(number), folder);
    writeFileSync(join(folder, 'other.py'), `x = ${number}\n`);
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
  await vi.waitFor(async () => expect((await call(command)).text).toBe('5'), 8_000);
  expect(await command.stop()).toEqual({ code: 0, signal: null });
});
