import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({ entrypoint: 'sample/python-class/entrypoint.py' });
});
afterAll(() => job.stop());

/** Java's client offers h2c with every first request; a server that does not speak it goes on in HTTP/1.1. */
test.each(['h2c', 'smtp'])('a call that offers an upgrade to %s is answered as a call', async (protocol) => {
  const answer = await post('/api/v1/perform', '{"numbers": [40, 2]}', {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: protocol,
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  });
  expect(answer).toEqual({ status: 200, body: '42' });
});

test('a WebSocket handshake where there is none is refused', async () => {
  const answer = await post('/api/v1/perform', '', { connection: 'upgrade', upgrade: 'websocket' });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toEqual({ error: 'there is no WebSocket at this address', type: 'BadRequest' });
});

function post(path: string, body: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request(new URL(path, job.address), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    });
    req.on('error', reject);
    req.on('response', async (res) => {
      let text = '';
      for await (const piece of res) text += piece;
      resolve({ status: res.statusCode as number, body: text });
    });
    req.end(body);
  });
}
