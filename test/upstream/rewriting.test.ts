/** A site that knows only links from its root, below the prefix of its job. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';

const SITE = `${import.meta.dirname}/programs/site.mjs`;
const PREFIX = '/pub/job/site/latest';

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await startWrapper({
    args: ['--command', `node ${SITE}`, '--rewrite'],
    env: { JOB_NAME: 'site', JOB_VERSION: '1.0.0' },
  });
}, 30_000);
afterAll(() => job.stop());

const get = (path: string, options: RequestInit = {}) => fetch(job.address + path, { redirect: 'manual', ...options });
const expected = `<!doctype html><link href="${PREFIX}/style.css"><a href="${PREFIX}/next">next</a><a href="${PREFIX}/far">far</a>`;

test.each(['', 'gzip', 'deflate', 'br'])('links of a page hold below the prefix (%s)', async (encoding) => {
  const reply = await get(`${PREFIX}/?${encoding}`);
  expect(await reply.text()).toBe(expected);
  expect(reply.headers.get('content-encoding')).toBeNull();
  expect(reply.headers.get('etag')).toBe('W/"page"');
  expect(reply.headers.get('refresh')).toBe(`9; url=${PREFIX}/next`);
  expect(reply.headers.get('set-cookie')).toBe(`seen=1; Path=${PREFIX}/`);
});

test('style sheets are changed, pictures are not', async () => {
  expect(await (await get(`${PREFIX}/style.css`)).text()).toBe(`a { background: url(${PREFIX}/picture.png) }`);
  const picture = await get(`${PREFIX}/picture.png`);
  expect([await picture.text(), picture.headers.get('etag')]).toEqual(['href="/x"', '"same"']);
});

test('HEAD promises no length that the page does not have', async () => {
  const reply = await get(`${PREFIX}/`, { method: 'HEAD' });
  expect([reply.status, reply.headers.get('content-length')]).toEqual([200, null]);
});

test('without a prefix, the page is as the site sends it', async () => {
  expect(await (await get('/page')).text()).toContain('<link href="/style.css">');
});

test('the root leads to where the job is', async () => {
  expect((await get('/')).headers.get('location')).toBe('pub/job/site/1.0.0/');
  expect((await get(PREFIX)).headers.get('location')).toBe('latest/');
});

test('paths below /api/v1 are as the site has them', async () => {
  expect(await (await get(`${PREFIX}/api/v1/page`)).text()).toBe(expected);
});

test('metrics and health are there', async () => {
  expect((await get('/metrics')).status).toBe(200);
  expect((await get(`${PREFIX}/health`)).status).toBe(200);
});

test('a page that cannot be decoded is no complete answer', async () => {
  await expect(get(`${PREFIX}/broken`).then((reply) => reply.text())).rejects.toThrow();
});
