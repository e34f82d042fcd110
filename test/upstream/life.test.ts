/** The life of a program behind the wrapper: its start, its troubles, its end. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type StartOptions, startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { folderOf, racetrack, serve } from '../smoke/command.ts';

const TROUBLES = `${import.meta.dirname}/programs/troubles.mjs`;
const LIMIT = 60_000;

let job: WrapperUnderTest | undefined;
afterEach(async () => {
  await job?.stop();
  job = undefined;
}, LIMIT);

async function start(trouble: string, options: StartOptions = {}): Promise<WrapperUnderTest> {
  job = await startWrapper({ ...options, args: ['--command', `node ${TROUBLES} ${trouble}`, ...(options.args ?? [])] });
  return job;
}

const get = async (path: string) => {
  const reply = await fetch((job as WrapperUnderTest).address + path);
  return { status: reply.status, text: await reply.text() };
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a start', () => {
  test(
    'that ends in the middle shows the last lines',
    async () => {
      await expect(start('exit')).rejects.toThrow(
        /the program ended with exit code 4 before it was ready; its last lines: .*there is no model/,
      );
    },
    LIMIT,
  );

  test(
    'of a program that is not there says so',
    async () => {
      await expect(startWrapper({ args: ['--command', 'no-such-program'] })).rejects.toThrow(
        /could not be started.*ENOENT/,
      );
    },
    LIMIT,
  );

  test.each([
    ['deaf', 'nothing has listened at its address'],
    ['unready', 'GET /ready was answered with status 503'],
  ])(
    'of a program that stays %s ends in time',
    async (trouble, reason) => {
      await expect(start(trouble, { args: ['--start-timeout', '0.5'] })).rejects.toThrow(
        `the program was not ready after 0.5 s: ${reason}`,
      );
    },
    LIMIT,
  );

  test(
    'waits for a good answer, and shows the probes meanwhile',
    async () => {
      await start('slow');
      expect(await get('/ready')).toEqual({ status: 200, text: '{"ready":true}' });
    },
    LIMIT,
  );
});

test(
  'a program that dies is replaced, and no call is lost meanwhile',
  async () => {
    await start('none');
    const first = (await get('/')).text;
    expect((await get('/exit')).status).toBe(502);
    const second = await get('/');
    expect(second.status).toBe(200);
    expect(second.text).not.toBe(first);
    expect(job?.logs()).toContain('the program ended with exit code 5; it is started anew');
  },
  LIMIT,
);

test(
  'a program that falls silent makes the job unready, and its calls end at their deadlines',
  async () => {
    await start('none');
    await fetch(`${job?.address}/hang`, { headers: { 'x-request-timeout': '0.1' } });
    await vi.waitFor(async () => expect((await get('/ready')).status).toBe(500), { timeout: 40_000, interval: 200 });
    expect((await get('/live')).status).toBe(200);
    const reply = await fetch(`${job?.address}/`, { headers: { 'x-request-timeout': '0.1' } });
    expect(reply.status).toBe(504);
  },
  LIMIT,
);

test(
  'a program that ignores SIGTERM is killed with all that it has started',
  async () => {
    await start('stubborn', { args: ['--grace', '0.3'] });
    const pid = Number((await get('/')).text);
    expect(isAlive(pid)).toBe(true);
    await job?.stop();
    expect(job?.logs()).toContain('not yet');
    expect(isAlive(pid)).toBe(false);
  },
  LIMIT,
);

test(
  'a changed file starts a second program, which takes over',
  async () => {
    const program = (text: string) =>
      `require('node:http').createServer((req, res) => res.end('${text}')).listen(process.env.PORT, '127.0.0.1');`;
    const folder = folderOf({ 'app.cjs': program('one') });
    const served = await serve(['--command', 'node app.cjs', '--reload'], { cwd: folder });
    await served.shows('Server is ready');
    expect(await (await fetch(`${served.address}/`)).text()).toBe('one');
    writeFileSync(`${folder}/app.cjs`, program('two'));
    await served.shows('the changed job is being served');
    expect(await (await fetch(`${served.address}/`)).text()).toBe('two');
    writeFileSync(`${folder}/app.cjs`, 'no program');
    await served.shows('the changed job cannot be started, the previous one goes on');
    expect(await (await fetch(`${served.address}/`)).text()).toBe('two');
    expect((await served.stop()).code).toBe(0);
  },
  LIMIT,
);

describe('a program that runs already', () => {
  const listen = (port = 0): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((_req, res) => res.end('mine')).listen(port, '127.0.0.1', () => resolve(server));
    });

  test(
    'is served, and not ended; while it is gone, calls are told',
    async () => {
      const server = await listen();
      const { port } = server.address() as AddressInfo;
      job = await startWrapper({ args: ['--url', `http://127.0.0.1:${port}`] });
      expect((await get('/x')).text).toBe('mine');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      expect(JSON.parse((await get('/x')).text)).toEqual({
        error: 'the program did not answer: nothing listens at its address',
        type: 'ProgramUnreachable',
      });
      const again = await listen(port);
      expect((await get('/x')).text).toBe('mine');
      await job.stop();
      expect(again.listening).toBe(true);
      again.close();
    },
    LIMIT,
  );

  test.each([
    [['--url', 'ftp://x'], 'is not the address of a program'],
    [['--url', 'http://127.0.0.1:8000/base'], 'is not the address of a program'],
    [['--url', 'x'], 'is no URL'],
    [['--url', 'http://127.0.0.1:1', '--command', 'node x'], 'exclude each other'],
    [['--url', 'http://127.0.0.1:1', '--reload'], '--reload and --url exclude each other'],
    [['--command', 'node x', '--workers', '2'], '--workers means nothing to a program of its own'],
    [['--command', 'node "x'], 'a quote is not closed'],
    [['--command', ' '], 'the command is empty'],
    [['--command', 'node x', '--probe', 'ready'], 'Give a path'],
    [['sample/python-class/entrypoint.py', '--rewrite'], '--rewrite is for programs that speak HTTP'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await racetrack(['run', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
