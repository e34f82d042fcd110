/** Owns what callers see when inputs and results are checked: a real job, real HTTP. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { WrapperUnderTest } from '../../wrapper/testing.ts';
import { call, expectNothingLeft, get, isolateTemporaryFiles, start, stop } from '../faults/running.ts';

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

describe('by the manifest', () => {
  afterAll(expectNothingLeft);

  test('nothing is checked without a word', async () => {
    const job = await startOrder('home_page: /docs');
    expect(await call(job, 'echo', { value: 'x' })).toMatchObject({ status: 200, text: '"x"' });
    expect((await call(job, 'perform', { items: [], note: 'wrong' })).text).toBe('"many"');
    expect((await call(job, 'perform', { items: 5 })).status).toBe(400);
    await stop(job);
  });

  test('a value without a meaning is a finding, and no check', async () => {
    const job = await startOrder('validate: perhaps\\n  validate_output: sometimes');
    expect(job.logs()).toContain('jobtype_extra.validate: the text "perhaps" has no meaning here; it is ignored');
    expect(job.logs()).toContain(
      'jobtype_extra.validate_output: expected "warn" or "fail", but got the text "sometimes"',
    );
    expect((await call(job, 'perform', { items: 5 })).status).toBe(400);
    await stop(job);
  });

  test('a body of another type is a text, and an empty one is the example', async () => {
    const job = await startOrder('validate: true');
    const headers = { 'content-type': 'text/plain' };
    const answer = await post(job, '{"items": []}', headers);
    expect([answer.status, rowsOf(answer)]).toEqual([
      422,
      [
        {
          type: 'dict_type',
          loc: ['body'],
          msg: 'Input should be a valid dictionary',
          input: '{"items": []}',
          pointer: '',
        },
      ],
    ]);
    expect(await post(job, '', headers)).toMatchObject({ status: 200, text: '2' });
    await stop(job);
  });
});

describe('results', () => {
  afterAll(expectNothingLeft);
  const invalid = async (job: WrapperUnderTest) =>
    /^racetrack_invalid_results_total\{endpoint="\/perform"\} (\d+)$/m.exec((await get(job, '/metrics')).text)?.[1];

  test('warn: a wrong result leaves, is counted each time, and logged once', async () => {
    const job = await startOrder('validate_output: warn');
    for (let at = 0; at < 3; at += 1) {
      expect(await call(job, 'perform', { items: [], note: 'wrong' })).toMatchObject({ status: 200, text: '"many"' });
    }
    expect(await call(job, 'perform', { items: ITEMS })).toMatchObject({ status: 200, text: '3' });
    await vi.waitFor(async () => expect(await invalid(job)).toBe('3'));
    expect(job.logs().match(/does not have the declared form/g)).toHaveLength(1);
    expect(job.logs()).toContain(
      'WARN  /perform: the result does not have the declared form: Input should be a valid integer',
    );
    await stop(job);
  });

  test('fail: a wrong result is the job’s fault', async () => {
    const job = await startOrder('validate_output: fail');
    expect(await call(job, 'perform', { items: ITEMS })).toMatchObject({ status: 200, text: '3' });
    for (const note of ['wrong', 'large']) {
      const answer = await call(job, 'perform', { items: [], note });
      expect(answer.status).toBe(500);
      expect(answer.headers.get('x-racetrack-fault')).toBe('job');
      expect(JSON.parse(answer.text)).toEqual({
        error: 'the result does not have the declared form: Input should be a valid integer',
        type: 'OutputInvalid',
      });
    }
    expect(await invalid(job)).toBe('2');
    expect(await call(job, 'echo', { value: { any: 1 } })).toMatchObject({ status: 200 });
    await stop(job);
  });
});
