/** The real shims, driven frame by frame: their life, and what a rude job or a broken wrapper does to them. */
import { describe, expect, test } from 'vitest';
import { encodeFrame, encodeHead, FrameType, PROTOCOL_VERSION } from '../../wrapper/protocol/frame.ts';
import { isGone } from './processes.ts';
import { ORDER, startShim, startWorker } from './shim-driver.ts';
import { PYTHON, SHIMS } from './shims.ts';

const ADDER = PYTHON.jobs['adds numbers'];

describe.each(SHIMS)('a worker of $language that does not fork', (shim) => {
  const { jobs } = shim;

  test('says hello, its phases and ready, answers a call, and ends when told to', async () => {
    const { control, ended, pid } = startShim(jobs['adds numbers'], { shim, env: { RACETRACK_FORK: '0' } });
    expect(await control.nextJson('hello')).toMatchObject({ protocol: PROTOCOL_VERSION, language: shim.language, pid });
    expect(await control.nextJson('phase')).toEqual({ phase: 'importing' });
    expect(await control.nextJson('phase')).toEqual({ phase: 'imported', forks: false });
    control.send('fork', { meta: { className: shim.adder, env: {} } });
    expect(await control.nextJson('phase')).toEqual({ phase: 'constructing' });
    expect(await control.nextJson('phase')).toEqual({ phase: 'describing' });
    expect(await control.nextJson('ready')).toMatchObject({
      entrypoint: shim.adder,
      endpoints: [{ kind: 'perform', method: 'POST', path: '/perform' }],
    });
    const result = await control.call(1, { numbers: [40, 2] });
    expect([result.id, result.meta.length, result.body.toString()]).toEqual([1, 0, '42']);
    control.send('stop');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await isGone(pid)).toBe(true);
  });

  test('takes frames in single bytes, and several in one piece', async () => {
    const { control } = await startWorker(jobs['adds numbers'], { shim });
    for (const byte of encodeFrame({ type: FrameType.call, id: 1, body: '{"numbers":[1]}' })) {
      control.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await control.next('result')).body.toString()).toBe('1');
    const many = Array.from({ length: 100 }, (_, at) =>
      encodeFrame({ type: FrameType.call, id: at + 2, body: `{"numbers":[${at}]}` }),
    );
    control.socket.write(Buffer.concat(many));
    for (let at = 0; at < 100; at += 1) {
      const result = await control.next('result', (frame) => frame.id === at + 2);
      expect(result.body.toString()).toBe(String(at));
    }
  });

  test('answers ping and collect, and lets frames pass that are not for it', async () => {
    const { control } = await startWorker(jobs['adds numbers'], { shim });
    control.send('pong', { id: 3 });
    control.send('cancel', { id: 99 });
    control.send('input', { id: 99, body: 'x' });
    control.send('window', { id: 99, body: Buffer.alloc(4) });
    control.send('fork', { meta: { key: 'x', socket: '/nowhere' } });
    control.send('ping', { id: 4 });
    expect((await control.next('pong')).id).toBe(4);
    control.send('collect', { id: 5 });
    expect(await control.nextJson('metrics')).toEqual([]);
  });

  test('fails when the job cannot be constructed', async () => {
    const constructed = startShim(jobs['fails in its constructor'], { shim });
    constructed.become();
    expect(await constructed.control.nextJson('failed')).toMatchObject({
      type: expect.stringMatching(/^(SystemExit|RangeError|error)$/),
    });
    expect(await constructed.ended).toEqual({ code: 1, signal: null });
  });

  test('a job that kills its process in the constructor shows as the end of the stream', async () => {
    const started = startShim(jobs['ends its process in its constructor'], { shim });
    await started.become().closed;
    expect(await started.ended).toEqual({ code: 7, signal: null });
  });
});

test.each(SHIMS.flatMap((shim) => (shim.unimportable ? [{ shim, source: shim.unimportable }] : [])))(
  '$shim.language fails with the user’s own line when the job cannot be imported',
  async ({ shim, source }) => {
    const imported = startShim(source, { shim });
    expect(await imported.control.nextJson('failed')).toMatchObject({
      error: expect.stringMatching(/no_such_module_anywhere.*entrypoint\.(py:1|ts:1:8)$/),
      type: expect.stringMatching(/^(ModuleNotFound|Bundle)Error$/),
    });
    expect(await imported.ended).toEqual({ code: 1, signal: null });
  },
);

describe('a fork server', () => {
  test('makes workers that introduce themselves with their key, and tells how each one ends', async () => {
    const shim = startShim(ADDER);
    expect(await shim.control.nextJson('phase')).toEqual({ phase: 'importing' });
    expect(await shim.control.nextJson('phase')).toEqual({ phase: 'imported', forks: true });
    const [one, two] = [await shim.fork(), await shim.fork()];
    for (const { line, pid } of [one, two]) {
      expect(await line.nextJson('hello')).toMatchObject({ protocol: 1, pid });
      expect(await line.nextJson('phase')).toEqual({ phase: 'constructing' });
      await line.next('ready');
      expect((await line.call(1, { numbers: [pid] })).body.toString()).toBe(String(pid));
    }
    process.kill(one.pid, 'SIGKILL');
    expect(await shim.control.nextJson('exited')).toEqual({ pid: one.pid, code: null, signal: 'SIGKILL' });
    two.line.send('stop');
    expect(await shim.control.nextJson('exited')).toEqual({ pid: two.pid, code: 0, signal: null });
    shim.control.send('stop');
    expect(await shim.ended).toEqual({ code: 0, signal: null });
  });

  test('ends its workers, and what they have started, with itself', async () => {
    const source = `import subprocess
class Job:
    def __init__(self):
        self.child = subprocess.Popen(["sleep", "600"])
    def perform(self):
        return self.child.pid
`;
    const shim = startShim(source);
    const { line, pid } = await shim.fork();
    await line.next('ready');
    const grandchild = Number((await line.call(1, {})).body);
    shim.control.send('stop');
    await shim.ended;
    expect(await isGone(pid)).toBe(true);
    expect(await isGone(grandchild)).toBe(true);
  });

  test('goes on when the socket of a fork is not there', async () => {
    const shim = startShim(ADDER);
    await shim.control.next('phase', (frame) => frame.body.includes('imported'));
    shim.control.send('fork', { meta: { ...ORDER, key: 'k'.repeat(36), socket: '/nowhere/at/all' } });
    await shim.control.next('forked');
    expect(await shim.control.nextJson('exited')).toMatchObject({ code: 1, signal: null });
    const { line } = await shim.fork();
    await line.next('ready');
  });
});

describe.each(SHIMS)('the end of the connection ends a process of $language', (shim) => {
  const { jobs } = shim;

  test.each([
    ['garbage', (socket: NodeJS.WritableStream) => socket.write(Buffer.alloc(64, 0xff)), 1],
    ['half a frame and the end', (socket: NodeJS.WritableStream) => socket.end(Buffer.alloc(10)), 0],
    ['the end', (socket: NodeJS.WritableStream) => socket.end(), 0],
    ['an endpoint that does not exist', (socket: NodeJS.WritableStream) => socket.write(MISDIRECTED), 1],
  ])('%s, a worker', async (_name, strike, code) => {
    const { control, ended, pid } = await startWorker(jobs['adds numbers'], { shim });
    strike(control.socket);
    expect(await ended).toEqual({ code, signal: null });
    expect(await isGone(pid)).toBe(true);
  });

  test('while a call runs that never returns', async () => {
    const { control, ended } = await startWorker(jobs['never answers'], { shim });
    control.send('call', { id: 1, body: '{}' });
    control.send('ping', { id: 2 });
    await control.next('pong'); // the reading goes on: the call is running
    control.socket.destroy();
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  test('an order that nobody can read', async () => {
    const { control, ended, pid } = startShim(jobs['adds numbers'], { shim });
    await control.next('phase', (frame) => frame.body.includes('imported'));
    control.socket.write(encodeHead(FrameType.fork, 0, 0, '{"key":'));
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(await isGone(pid)).toBe(true);
  });
});

const MISDIRECTED = encodeFrame({ type: FrameType.call, id: 1, endpoint: 77, body: '{}' });

describe('the end of the connection ends a process of Python', () => {
  test.each([
    ['garbage', (socket: NodeJS.WritableStream) => socket.write(Buffer.alloc(64, 0xff)), 1],
    ['the end', (socket: NodeJS.WritableStream) => socket.end(), 0],
  ])('%s, a fork server and then its worker', async (_name, strike, code) => {
    const shim = startShim(ADDER);
    const { line, pid } = await shim.fork();
    await line.next('ready');
    strike(shim.control.socket);
    expect(await shim.ended).toEqual({ code, signal: null });
    line.socket.destroy();
    expect(await isGone(pid)).toBe(true);
    expect(await isGone(shim.pid)).toBe(true);
  });

  test('while the job is being imported, at the next word to the wrapper', async () => {
    const { control, ended } = startShim(
      'import time\nprint("importing")\ntime.sleep(0.5)\nprint("still")\nclass Job:\n    def perform(self):\n        return 1\n',
    );
    await control.next('log');
    control.socket.destroy();
    expect(await ended).toEqual({ code: 1, signal: null });
  });
});

describe.each(SHIMS)('a rude job of $language', (shim) => {
  const { jobs } = shim;

  test('prints text and bytes in every way without disturbing the frames', async () => {
    const { control, output } = await startWorker(jobs['prints in every way'], { shim });
    for (let n = 1; n <= 20; n += 1) {
      const reply = await control.call(n, { n });
      expect(reply.body.toString()).toBe(String(n));
    }
    const logs = control.frames.filter((frame) => frame.type === FrameType.log && frame.id > 0);
    const lines = logs.map((frame) => [frame.id, JSON.parse(frame.body.toString())]);
    for (let n = 1; n <= 20; n += 1) {
      expect(lines).toContainEqual([n, { level: 'INFO', message: `printed ${n}` }]);
      expect(lines).toContainEqual([n, { level: 'WARNING', message: shim.oddLine }]);
    }
    await expect.poll(() => output().length).toBe(20 * 1256);
  });

  test('closes standard output and error', async () => {
    const started = startShim(jobs['closes its standard streams'], { shim });
    const line = started.become();
    await line.next('ready');
    expect((await line.call(1, {})).body.toString()).toBe('"fine"');
    line.send('stop');
    expect(await started.ended).toEqual({ code: 0, signal: null });
  });

  test('writes garbage into the connection: the wrapper’s decoder refuses it', async () => {
    const { control } = await startWorker(jobs['writes garbage into the connection'], { shim });
    const refused = new Promise((resolve) => {
      const deliver = control.socket.listeners('data')[0] as (chunk: Buffer) => void;
      control.socket.removeAllListeners('data');
      control.socket.on('data', (chunk: Buffer) => {
        try {
          deliver(chunk);
        } catch (error) {
          resolve(error);
        }
      });
    });
    control.send('call', { id: 1, body: '{}' });
    expect(await refused).toMatchObject({ name: 'ProtocolError', message: 'worker protocol: unknown frame type 255' });
  });
});

describe('a rude job of Python', () => {
  test('ends a line later than it began it: the line is one record', async () => {
    const source = PYTHON.jobs['prints in every way'];
    const { control } = await startWorker(source);
    await control.call(1, { n: 1 });
    const logs = control.frames.filter((frame) => frame.type === FrameType.log && frame.id === 1);
    expect(logs.map((frame) => JSON.parse(frame.body.toString()))).toEqual([
      { level: 'INFO', message: 'printed 1' },
      { level: 'WARNING', message: '\udc80 odd \x00 bytes' },
      { level: 'INFO', message: 'half a line' },
    ]);
  });

  test('closes standard output and error in a forked worker', async () => {
    const shim = startShim(PYTHON.jobs['closes its standard streams']);
    const { line } = await shim.fork();
    await line.next('ready');
    expect((await line.call(1, {})).body.toString()).toBe('"fine"');
    line.send('stop');
    expect(await shim.control.nextJson('exited')).toMatchObject({ code: 0 });
  });

  test.each(['alone', 'forked'])(
    'closes the connection itself in its constructor: the wrapper sees the end, %s',
    async (kind) => {
      const source = `import os
class Job:
    def __init__(self):
        os.closerange(3, 21)
        self.file = open(__file__)  # takes over the lowest number
    def perform(self):
        return 1
`;
      const shim = startShim(source);
      if (kind === 'alone') {
        await shim.become().closed;
        expect(await shim.ended).toEqual({ code: 1, signal: null });
        return;
      }
      const { line, pid } = await shim.fork();
      await line.closed;
      expect(await shim.control.nextJson('exited')).toEqual({ pid, code: 1, signal: null });
    },
  );

  test('closes the connection itself during a call: the wrapper sees the end', async () => {
    const { control, ended } = await startWorker(
      'import os\nclass Job:\n    def perform(self):\n        os.closerange(3, 21)\n        return 1\n',
    );
    control.send('call', { id: 1, body: '{}' });
    await control.closed;
    expect(await ended).toEqual({ code: 1, signal: null });
  });
});
