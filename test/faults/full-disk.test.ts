/** Owns the proof that a disk without room costs the large calls only, and tells them so. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { call, expectNothingLeft, isolateTemporaryFiles, start } from './running.ts';

const small = { text: 'x'.repeat(300_000) };
const large = { text: 'x'.repeat(3_000_000) };

const disk = mkdtempSync(join(tmpdir(), 'small-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status === 0;

let job: WrapperUnderTest;
let isolated: string;
isolateTemporaryFiles();
beforeAll(async () => {
  isolated = process.env.TMPDIR as string;
  job = await start('measure.py', { args: ['--spill', '100K', '--max-body', '8M'] });
});
afterEach(() => {
  process.env.TMPDIR = isolated;
});
afterAll(async () => {
  await expectNothingLeft();
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

async function expectNoRoom(reason: string): Promise<void> {
  const answer = await call(job, 'perform', large);
  expect(answer).toMatchObject({ status: 507 });
  expect(answer.headers.get('x-racetrack-fault')).toBe('platform');
  expect(JSON.parse(answer.text)).toMatchObject({ type: 'BodyNotStored' });
  expect(job.logs()).toMatch(new RegExp(`a request's body could not be stored: ${reason}`));
  expect(await call(job, 'perform', { text: 'small' })).toMatchObject({ status: 200 });
}

test('without a folder for temporary files, large calls get 507, until it is there', async () => {
  process.env.TMPDIR = join(isolated, 'gone');
  await expectNoRoom('ENOENT');
  mkdirSync(process.env.TMPDIR);
  expect(await call(job, 'perform', large)).toMatchObject({ status: 200, text: '{"text":3000000}' });
  rmSync(join(isolated, 'gone'), { recursive: true });
});

test.skipIf(!mounted)(
  `on a full disk, large calls get 507, and those that fit are served${mounted ? '' : ' (skipped: needs the right to mount)'}`,
  async () => {
    process.env.TMPDIR = disk;
    await expectNoRoom('ENOSPC');
    expect(await call(job, 'perform', small)).toMatchObject({ status: 200, text: '{"text":300000}' });
    await expectNoRoom('ENOSPC');
    const folders = readdirSync(disk);
    expect(folders.flatMap((folder) => readdirSync(join(disk, folder)))).toEqual([]);
  },
);
