/** Owns the proof that no body can hang the server, bring it down, or slip past the check. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { expectNothingLeft, get, isolateTemporaryFiles, start } from '../faults/running.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const LIMIT = 120_000;

isolateTemporaryFiles();

let job: WrapperUnderTest;
beforeAll(async () => {
  job = await start('hostile.py', {
    cwd: JOBS,
    className: 'Job',
    env: { JOB_MANIFEST_YAML: 'name: hostile\\njobtype_extra:\\n  validate: true\\n' },
  });
});
afterAll(expectNothingLeft);

async function post(body: string | Buffer, endpoint = 'perform') {
  const answer = await fetch(`${job.address}/api/v1/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await answer.text();
  return { status: answer.status, text, rows: answer.status === 422 ? JSON.parse(text).detail : undefined };
}

/** How often `/live` answers until the promise is settled. */
async function livesDuring(promise: Promise<unknown>): Promise<number> {
  let over = false;
  void promise.finally(() => {
    over = true;
  });
  let lives = 0;
  while (!over) {
    expect((await get(job, '/live')).status).toBe(200);
    lives += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return lives;
}

const tooComplex = [expect.objectContaining({ type: 'too_complex', loc: ['body'], pointer: '' })];

describe('what takes too long', () => {
  test(
    'a pattern that backtracks for years is given up, and the server answers others',
    async () => {
      const call = post(JSON.stringify({ evil: `${'a'.repeat(40)}!` }));
      expect(await livesDuring(call)).toBeGreaterThan(10);
      expect(await call).toMatchObject({ status: 422, rows: tooComplex });
      expect(await post('{"evil": "aaa"}')).toMatchObject({ status: 200, text: '0' });
    },
    LIMIT,
  );

  test(
    'a union within a union within a union …',
    async () => {
      const nest = (depth: number): object | number => (depth === 0 ? 5 : { left: nest(depth - 1), name: 1, title: 1 });
      const { status, rows } = await post(JSON.stringify({ fork: nest(40) }));
      expect(status).toBe(422);
      expect(rows.length).toBeGreaterThan(0);
    },
    LIMIT,
  );

  test(
    'a long list without equal items',
    async () => {
      const items = Array.from({ length: 30_000 }, (_, at) => [at]);
      expect((await post(JSON.stringify({ unique: items }))).status).not.toBe(422);
      expect((await post(JSON.stringify({ unique: [...items, [7]] }))).rows).toMatchObject([{ type: 'uniqueItems' }]);
    },
    LIMIT,
  );

  test(
    '60 MB are checked while the server answers others',
    async () => {
      const numbers = Buffer.alloc(30 * 1024 * 1024 * 2, '1,');
      const body = (last: string) => Buffer.concat([Buffer.from('{"numbers":['), numbers, Buffer.from(`${last}]}`)]);
      const call = post(body('"x"'));
      expect(await livesDuring(call)).toBeGreaterThan(3);
      const { status, rows } = await call;
      expect(status).toBe(422);
      expect(rows).toMatchObject([{ type: expect.stringMatching(/^(int_type|too_complex)$/) }]);
    },
    LIMIT,
  );

  test(
    'a large body that fits reaches the job',
    async () => {
      const numbers = Buffer.alloc(2 * 1024 * 1024, '1,');
      const body = Buffer.concat([Buffer.from('{"numbers":['), numbers, Buffer.from('1]}')]);
      expect(await post(body)).toMatchObject({ status: 200, text: String(1024 * 1024 + 1) });
    },
    LIMIT,
  );
});

describe('what is large', () => {
  test('a hundred thousand mistakes are a hundred rows', async () => {
    const { rows } = await post(`{"numbers":[${'"x",'.repeat(50_000)}"x"]}`);
    expect(rows).toHaveLength(100);
    expect(rows[99].pointer).toBe('/numbers/99');
  });

  test('a large value is not sent back', async () => {
    const { rows } = await post(JSON.stringify({ numbers: 'x'.repeat(5000) }));
    expect(rows[0]).not.toHaveProperty('input');
  });

  test.each([
    ['{"numbers":', '[', ']', '}'],
    ['{"fork":', '{"left":', '}', '}'],
    ['', '[', ']', ''],
  ])('%s%s a hundred thousand levels deep', async (before, open, close, after) => {
    const body = before + open.repeat(100_000) + (open === '[' ? '' : '1') + close.repeat(100_000) + after;
    expect([400, 422]).toContain((await post(body)).status);
    expect((await post('{}')).text).toBe('0');
  });
});

describe('what is odd', () => {
  test.each([
    ['a member called __proto__', '{"__proto__": {"numbers": "x"}, "numbers": []}', 400],
    ['a member called constructor', '{"constructor": "x"}', 200],
    ['a member called constructor of a wrong type', '{"constructor": 5}', 422],
    ['a byte order mark', '\ufeff{"numbers": [1]}', 200],
    ['half a surrogate pair', '{"constructor": "\\ud800"}', 200],
    ['an infinite number', '{"numbers": [1e999]}', 422],
    ['a number beyond all measure', `{"numbers": [${'9'.repeat(4000)}]}`, 422],
    ['the last of two members of one name counts', '{"numbers": "x", "numbers": [1]}', 200],
    ['the last of two members of one name counts, when it is wrong', '{"numbers": [1], "numbers": "x"}', 422],
    ['NaN', '{"numbers": [NaN]}', 422],
    ['Infinity', '{"numbers": [-Infinity]}', 422],
  ])('%s', async (_title, body, status) => {
    expect((await post(body)).status).toBe(status);
    expect({} as { numbers?: unknown }).not.toHaveProperty('numbers');
  });

  test('bytes that are no UTF-8', async () => {
    const body = Buffer.from([...Buffer.from('{"constructor": "'), 0xff, ...Buffer.from('"}')]);
    expect(await post(body)).toMatchObject({ status: 400, text: '{"detail":"There was an error parsing the body"}' });
  });

  test('a character that stands for broken ones is fine when it was sent', async () => {
    expect((await post('{"constructor": "\ufffd"}')).status).toBe(200);
  });

  test('UTF-16', async () => {
    expect((await post(Buffer.from('{"numbers": [1]}', 'utf16le'))).status).toBe(422);
  });
});

test('a schema that cannot be used is told in the log, and its endpoint works unchecked', async () => {
  expect(await post('{"value": 5}', 'odd')).toMatchObject({ status: 200, text: '5' });
  expect(job.logs()).toMatch(
    /WARN {2}the input of \/odd is not checked, its schema cannot be used: .*regular expression/,
  );
});
