import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Link } from '../../wrapper/worker/link.ts';
import { startProcess } from '../../wrapper/worker/process.ts';

const shell = (script: string) => ({ command: '/bin/sh', args: ['-c', script], env: {}, cwd: '/' });

test('what a process said before it ended is still there for who takes its socket later', async () => {
  const process = startProcess(shell('printf one >&3; printf two >&3; exit 3'), () => {});
  expect(await process.ended).toBe('ended with exit code 3');
  await new Promise((resolve) => setTimeout(resolve, 50)); // Node tidies up behind a process some time after its end
  const socket = process.takeSocket();
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  await once(socket, 'close');
  expect(text).toBe('onetwo');
});

test('a process that ended without a word is known to be gone', async () => {
  const process = startProcess(shell('exit 0'), () => {});
  await process.ended;
  await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise<void>((resolve) => {
    new Link(process.takeSocket(), { onFrame: () => {}, onClose: () => resolve() });
  });
});
