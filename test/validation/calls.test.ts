/** Owns what callers see when inputs and results are checked: a real job, real HTTP. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start } from '../faults/running.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const ITEMS = [{ name: 'pen', count: 3 }];

isolateTemporaryFiles();

const startOrder = (extra: string): Promise<WrapperUnderTest> =>
  start('order.py', {
    cwd: JOBS,
    className: 'Order',
    env: { JOB_MANIFEST_YAML: `name: order\\njobtype_extra:\\n  ${extra}\\n` },
  });

/** Sends bytes as they are. */
async function post(job: WrapperUnderTest, body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${job.address}/api/v1/perform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const rowsOf = (answer: { text: string }) => JSON.parse(answer.text).detail;

describe('with validate: true', () => {
  let job: WrapperUnderTest;
  beforeAll(async () => {
    job = await startOrder('validate: true');
  });
  afterAll(expectNothingLeft);

  test('what fits reaches the job', async () => {
    expect(await call(job, 'perform', { items: ITEMS, note: null, mixed: 'a' })).toMatchObject({
      status: 200,
      text: '3',
    });
  });

  test('every mistake is a row, with its place as a path and as a pointer', async () => {
    const answer = await call(job, 'perform', {
      items: [{ name: 'pen', count: '3' }, { count: 1 }],
      tags: { 'a/b~': 1.5 },
      note: 5,
      when: '2020-01-01',
      mixed: {},
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('x-racetrack-fault')).toBe('caller');
    expect(rowsOf(answer)).toEqual([
      {
        type: 'int_type',
        loc: ['body', 'items', 0, 'count'],
        msg: 'Input should be a valid integer',
        input: '3',
        pointer: '/items/0/count',
      },
      {
        type: 'missing',
        loc: ['body', 'items', 1, 'name'],
        msg: 'Field required',
        input: { count: 1 },
        pointer: '/items/1/name',
      },
      {
        type: 'string_type',
        loc: ['body', 'note'],
        msg: 'Input should be a valid string',
        input: 5,
        pointer: '/note',
      },
      {
        type: 'int_from_float',
        loc: ['body', 'tags', 'a/b~'],
        msg: 'Input should be a valid integer, got a number with a fractional part',
        input: 1.5,
        pointer: '/tags/a~1b~0',
      },
      {
        type: 'datetime_parsing',
        loc: ['body', 'when'],
        msg: 'Input should be a valid datetime with its offset from UTC',
        input: '2020-01-01',
        pointer: '/when',
      },
      {
        type: 'type',
        loc: ['body', 'mixed'],
        msg: 'Input should be a valid integer or a valid string',
        input: {},
        pointer: '/mixed',
      },
    ]);
  });

  test('such a call leaves no trace in the metrics of the job', async () => {
    const started = async () => /^requests_started_total (\d+)/m.exec((await get(job, '/metrics')).text)?.[1];
    const before = await started();
    expect((await call(job, 'perform', {})).status).toBe(422);
    expect(await started()).toBe(before);
  });

  test('an empty body and null are the example', async () => {
    expect(await post(job, '')).toMatchObject({ status: 200, text: '2' });
    expect(await post(job, ' null\n')).toMatchObject({ status: 200, text: '2' });
  });

  test.each([
    ['{"items":', 9, 'Expecting value'],
    ['{"items": [NaN]}', 11, 'Expecting value'],
    ['{"items": []} x', 14, 'Extra data'],
  ])('%s is no JSON', async (text, at, error) => {
    const answer = await post(job, text);
    expect(answer.status).toBe(422);
    expect(rowsOf(answer)).toEqual([
      { type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error', input: {}, ctx: { error }, pointer: '' },
    ]);
  });
});
