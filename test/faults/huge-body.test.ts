/** Owns the proof that a body of a gigabyte passes through the built command without being held in memory anywhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serve } from '../smoke/command.ts';
import { JOBS } from './running.ts';

const MEGABYTE = 1024 * 1024;
const MEGABYTES = 1024;
/** Above what each process needs anyway; the body is ten times as large. */
const ALLOWED_MEGABYTES = 100;

test('an upload of 1 GiB leaves the memory of wrapper and workers as it was', { timeout: 240_000 }, async () => {
  const job = await serve([join(JOBS, 'files.py'), 'Files', '--max-body', '2G']);
  await job.shows('Server is ready');
  const before = peaks(job.pid);
  const answer = await upload(`${job.address}/api/v1/perform`);
  expect(JSON.parse(answer)).toMatchObject({ size: MEGABYTES * MEGABYTE, first: 'xxxx' });
  const after = peaks(job.pid);
  expect(after.size).toBeGreaterThanOrEqual(2);
  for (const [pid, megabytes] of after) {
    expect(megabytes - (before.get(pid) ?? 0), `process ${pid}`).toBeLessThan(ALLOWED_MEGABYTES);
  }
  await job.stop();
});

/** Sends the same megabyte over and over, as fast as it is taken. */
function upload(url: string): Promise<string> {
  const piece = Buffer.alloc(MEGABYTE, 'x');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': MEGABYTES * MEGABYTE };
    const call = request(url, { method: 'POST', headers }, (answer) => resolve(text(answer)));
    call.on('error', reject);
    let sent = 0;
    const more = () => {
      while (sent < MEGABYTES) {
        sent += 1;
        if (!call.write(piece)) return;
      }
      call.end();
    };
    call.on('drain', more);
    more();
  });
}

/** The most megabytes that each process of the tree has held so far. */
function peaks(root: number): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(/PPid:\s+(\d+)/.exec(statusOf(Number(name)))?.[1]));
  }
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return new Map([...tree].map((pid) => [pid, Number(/VmHWM:\s+(\d+)/.exec(statusOf(pid))?.[1]) / 1024]));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
