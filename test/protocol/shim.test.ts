/** The real Python shim, driven frame by frame: its life, and what a rude job or a broken wrapper does to it. */
import { describe, expect, test } from 'vitest';
import { encodeFrame, encodeHead, FrameType, PROTOCOL_VERSION } from '../../wrapper/protocol/frame.ts';
import { isGone } from './processes.ts';
import { ORDER, startShim, startWorker } from './shim-driver.ts';

const ADDER = 'class Adder:\n    def perform(self, numbers):\n        return sum(numbers)\n';

describe('a worker that does not fork', () => {
  test('says hello, its phases and ready, answers a call, and ends when told to', async () => {
    const { control, ended, pid } = startShim(ADDER, { RACETRACK_FORK: '0' });
    expect(await control.nextJson('hello')).toMatchObject({ protocol: PROTOCOL_VERSION, language: 'python', pid });
    expect(await control.nextJson('phase')).toEqual({ phase: 'importing' });
    expect(await control.nextJson('phase')).toEqual({ phase: 'imported', forks: false });
    control.send('fork', { meta: { className: 'Adder', env: {} } });
    expect(await control.nextJson('phase')).toEqual({ phase: 'constructing' });
    expect(await control.nextJson('phase')).toEqual({ phase: 'describing' });
    expect(await control.nextJson('ready')).toMatchObject({
      entrypoint: 'Adder',
      endpoints: [{ kind: 'perform', method: 'POST', path: '/perform' }],
    });
    const result = await control.call(1, { numbers: [40, 2] });
    expect([result.id, result.meta.length, result.body.toString()]).toEqual([1, 0, '42']);
    control.send('stop');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await isGone(pid)).toBe(true);
  });

  test('takes frames in single bytes, and several in one piece', async () => {
    const { control } = await startWorker(ADDER);
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
    const { control } = await startWorker(ADDER);
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

  test('fails with the user’s own line when the job cannot be imported or constructed', async () => {
    const imported = startShim('import no_such_module_anywhere\n');
    expect(await imported.control.nextJson('failed')).toMatchObject({
      error: expect.stringMatching(/no_such_module_anywhere.*entrypoint\.py:1$/),
      type: 'ModuleNotFoundError',
    });
    expect(await imported.ended).toEqual({ code: 1, signal: null });
    const constructed = startShim('class Job:\n    def __init__(self):\n        raise SystemExit(0)\n');
    constructed.become();
    expect(await constructed.control.nextJson('failed')).toMatchObject({ type: 'SystemExit' });
    expect(await constructed.ended).toEqual({ code: 1, signal: null });
  });

  test('a job that kills its process in the constructor shows as the end of the stream', async () => {
    const shim = startShim('import os\nclass Job:\n    def __init__(self):\n        os._exit(7)\n');
    await shim.become().closed;
    expect(await shim.ended).toEqual({ code: 7, signal: null });
  });
});

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

describe('the end of the connection ends the process', () => {
  test.each([
    ['garbage', (socket: NodeJS.WritableStream) => socket.write(Buffer.alloc(64, 0xff)), 1],
    ['half a frame and the end', (socket: NodeJS.WritableStream) => socket.end(Buffer.alloc(10)), 0],
    ['the end', (socket: NodeJS.WritableStream) => socket.end(), 0],
  ])('%s, a worker', async (_name, strike, code) => {
    const { control, ended, pid } = await startWorker(ADDER);
    strike(control.socket);
    expect(await ended).toEqual({ code, signal: null });
    expect(await isGone(pid)).toBe(true);
  });

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

  test('while a call runs that never returns', async () => {
    const { control, ended } = await startWorker(
      'import time\nclass Job:\n    def perform(self):\n        time.sleep(600)\n',
    );
    control.send('call', { id: 1, body: '{}' });
    control.send('ping', { id: 2 });
    await control.next('pong'); // the reading has been handed on: the call is running
    control.socket.destroy();
    expect(await ended).toEqual({ code: 0, signal: null });
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

test('an order that nobody can read ends the process', async () => {
  const { control, ended, pid } = startShim(ADDER);
  await control.next('phase', (frame) => frame.body.includes('imported'));
  control.socket.write(encodeHead(FrameType.fork, 0, 0, '{"key":'));
  expect(await ended).toEqual({ code: 1, signal: null });
  expect(await isGone(pid)).toBe(true);
});

test('a call of an endpoint that does not exist ends the process', async () => {
  const { control, ended } = await startWorker(ADDER);
  control.send('call', { id: 1, endpoint: 77, body: '{}' });
  expect(await ended).toEqual({ code: 1, signal: null });
});

describe('a rude job', () => {
  test('prints text and bytes in every way without disturbing the frames', async () => {
    const source = `import os, sys
class Job:
    def perform(self, n):
        print("printed", n)
        sys.stdout.write("half a line")
        print("\\udc80 odd \\x00 bytes", file=sys.stderr)
        sys.stdout.buffer.write(bytes(range(256)))
        sys.stdout.buffer.flush()
        os.write(1, b"\\xff" * 1000)
        os.write(2, b"\\x00\\x01\\x02")
        return n
`;
    const { control, output } = await startWorker(source);
    for (let n = 1; n <= 20; n += 1) {
      const reply = await control.call(n, { n });
      expect(reply.body.toString()).toBe(String(n));
    }
    const logs = control.frames.filter((frame) => frame.type === FrameType.log && frame.id > 0);
    const lines = logs.map((frame) => [frame.id, JSON.parse(frame.body.toString())]);
    expect(lines.slice(0, 3)).toEqual([
      [1, { level: 'INFO', message: 'printed 1' }],
      [1, { level: 'WARNING', message: '\udc80 odd \x00 bytes' }],
      [1, { level: 'INFO', message: 'half a line' }],
    ]);
    expect(lines).toHaveLength(60);
    await expect.poll(() => output().length).toBe(20 * 1256);
  });

  test.each(['alone', 'forked'])('closes standard output and error, %s', async (kind) => {
    const source = `import os
class Job:
    def __init__(self):
        os.close(1)
        os.close(2)
    def perform(self):
        print("into nothing")
        return "fine"
`;
    const shim = startShim(source);
    const line = kind === 'forked' ? (await shim.fork()).line : shim.become();
    await line.next('ready');
    expect((await line.call(1, {})).body.toString()).toBe('"fine"');
    line.send('stop');
    if (kind === 'forked') expect(await shim.control.nextJson('exited')).toMatchObject({ code: 0 });
    else expect(await shim.ended).toEqual({ code: 0, signal: null });
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

  test('writes garbage into the connection: the wrapper’s decoder refuses it', async () => {
    const { control } = await startWorker(
      'import os\nclass Job:\n    def perform(self):\n        os.write(3, b"\\xff" * 64)\n        return 1\n',
    );
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
