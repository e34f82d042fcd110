/** WebSockets of a program behind the wrapper: accepted, refused, cut off. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ args: ['--command', `node ${import.meta.dirname}/programs/echo.mjs`] });
}, 30_000);
afterAll(() => job.stop());

/** Sends a handshake and gathers what comes back. */
function shake(path: string): Promise<{ socket: Socket; received: () => string }> {
  const { hostname, port } = new URL(job.address);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      resolve({ socket, received: () => received });
    });
    socket.on('data', (piece) => {
      received += piece;
    });
    socket.once('error', reject);
  });
}

test('bytes go both ways once the program has agreed', async () => {
  const { socket, received } = await shake('/pub/job/x/latest/socket');
  await vi.waitFor(() => expect(received()).toContain('101 Switching Protocols'), 5_000);
  expect(received()).toContain('Sec-WebSocket-Accept: x');
  socket.write('hello');
  await vi.waitFor(() => expect(received()).toContain('seen hello'), 5_000);
  socket.destroy();
});

test("a refusal is the program's own", async () => {
  const { socket, received } = await shake('/pub/job/x/latest/elsewhere');
  await vi.waitFor(() => expect(received()).toContain('\r\n\r\nno'), 5_000);
  expect(received()).toContain('HTTP/1.1 403 Forbidden');
  expect(received()).toContain('Set-Cookie: no=1; Path=/pub/job/x/latest/');
  socket.destroy();
});

test("at the wrapper's own addresses there is none", async () => {
  const { socket, received } = await shake('/metrics');
  await vi.waitFor(() => expect(received()).toContain('there is no WebSocket at this address'), 5_000);
  socket.destroy();
});

test('the end of the service ends it', async () => {
  const own = await startWrapper({ args: ['--command', `node ${import.meta.dirname}/programs/echo.mjs`] });
  const before = job;
  job = own;
  const { socket, received } = await shake('/socket');
  job = before;
  await vi.waitFor(() => expect(received()).toContain('101'), 5_000);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await own.stop();
  await closed;
}, 30_000);
