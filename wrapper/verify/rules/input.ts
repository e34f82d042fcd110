/** Owns the rules about bad input: it is refused or served, but never brings anything down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { badInputs, sampleOf } from '../bad-input.ts';
import { expectError, expectGood } from '../expectations.ts';
import { MALFORMED_REQUESTS } from '../malformed-requests.ts';
import type { Operation } from '../openapi-document.ts';
import { RawClient } from '../raw-client.ts';
import { ask, bytesOf, describeAnswer, expectAnswer, shorten } from '../request.ts';
import { Deviation, expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';
import type { Trial } from '../trial.ts';

/** So many findings are enough to see what is wrong. */
const ENOUGH = 3;

const badInput: Rule = {
  id: 'bad-input',
  title: 'Input that does not fit the schema never gives a 5xx, an unreadable answer or none',
  level: 'must',
  run: async (trial) => {
    const document = await trial.openApi();
    const { inputs, seed } = trial.settings;
    const probes = trial.paths('slow', 'stream', 'flood', 'fail', 'crash');
    const operations = document.operations.filter(
      ({ body, path, callable }) => body !== undefined && callable && !probes.has(path),
    );
    if (operations.length === 0) throw new NotApplicable('no operation with a JSON body is documented');
    let sent = 0;
    const findings: string[] = [];
    for (const operation of operations) {
      const good = operation.example ?? sampleOf(operation.body, (schema) => document.resolve(schema));
      for (const body of badInputs(good, { count: inputs, seed })) {
        if (findings.length >= ENOUGH) break;
        const finding = await tryInput(trial, operation, body);
        sent += 1;
        if (finding) findings.push(finding);
      }
    }
    expect(findings.length === 0, 'no 5xx and a readable answer', () => findings.join('\n'));
    await expectWell(trial);
    return { text: `${sent} inputs to ${operations.length} operations, seed ${seed}` };
  },
};

/** What is wrong with the answer to a bad input, if anything. */
async function tryInput({ address }: Trial, { method, path }: Operation, body: string): Promise<string | undefined> {
  const name = `${method} ${path} with ${shorten(body, 120)}`;
  try {
    const answer = await ask(address, { method, path, body, limitMs: 10_000 });
    if (answer.status >= 500) return `${name}: ${describeAnswer(answer)}`;
    if (!answer.headers['content-type']?.includes('json')) return undefined;
    JSON.parse(answer.body);
    return undefined;
  } catch (error) {
    return `${name}: ${error instanceof Deviation ? error.came : 'an answer that is no JSON'}`;
  }
}

const MALFORMED_JSON = [
  '{"a":',
  "{'a': 1}",
  '{"a": 1}}',
  'nul',
  '{"a" 1}',
  '\ufeff{"a":',
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
];

const malformedJson: Rule = {
  id: 'malformed-json',
  title: 'A body that is no JSON, or no UTF-8, is refused with 400, 415 or 422',
  level: 'must',
  needs: ['perform'],
  run: async (trial) => {
    const { path } = trial.probe('perform');
    for (const body of MALFORMED_JSON) {
      expectError(
        await ask(trial.address, { path, body }),
        [400, 415, 422],
        `the body ${JSON.stringify(String(body))}`,
      );
    }
    await expectWell(trial);
    return undefined;
  },
};

const ODD_BODIES: readonly { readonly name: string; readonly body: string | Buffer; readonly type?: string }[] = [
  { name: 'nothing', body: '' },
  { name: 'an array', body: '[]' },
  { name: 'a text', body: '"text"' },
  { name: 'null', body: 'null' },
  { name: 'a number out of range', body: '1e999' },
  { name: '100,000 levels of arrays', body: '['.repeat(100_000) + ']'.repeat(100_000) },
  { name: '50,000 levels of objects', body: `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}` },
  { name: 'an integer of 10,000 digits', body: `{"a":${'7'.repeat(10_000)}}` },
  { name: 'plain text', body: '{}', type: 'text/plain' },
  { name: 'a form', body: 'a=1&b=2', type: 'application/x-www-form-urlencoded' },
  { name: 'a multipart form without a boundary', body: 'x', type: 'multipart/form-data' },
  { name: 'a charset that does not exist', body: '{}', type: 'application/json; charset=none' },
  { name: 'bytes', body: Buffer.from([0, 1, 2, 255]), type: 'application/octet-stream' },
];

const oddBodies: Rule = {
  id: 'odd-bodies',
  title: 'Bodies of another shape, type or depth than expected never give a 5xx',
  level: 'must',
  needs: ['perform'],
  run: async (trial) => {
    const { path } = trial.probe('perform');
    for (const { name, body, type } of ODD_BODIES) {
      const headers = type === undefined ? {} : { 'Content-Type': type };
      const answer = await ask(trial.address, { path, body, headers });
      expect(answer.status < 500, `no 5xx for ${name}`, () => describeAnswer(answer));
    }
    await expectWell(trial);
    return undefined;
  },
};

const bodyLimit: Rule = {
  id: 'body-limit',
  title: 'A body over the limit is refused with 413, before it has been sent',
  level: 'must',
  needs: ['perform'],
  run: async (trial) => {
    const { path } = trial.probe('perform');
    const announced = {
      method: 'POST',
      path,
      headers: { 'Content-Length': String(2 ** 40), 'Content-Type': 'application/json' },
    };
    expectError(await ask(trial.address, announced), [413], 'an announced terabyte');
    if (trial.limits.body !== undefined) await expectChunkedRefusal(trial, path, trial.limits.body);
    await expectWell(trial);
    return undefined;
  },
};

/** The same without a word about the length: the limit has to be noticed while the body comes in. */
async function expectChunkedRefusal({ address }: Trial, path: string, limit: number): Promise<void> {
  const headers = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' };
  const request = { method: 'POST', path, headers };
  const client = new RawClient(address);
  try {
    client.send(bytesOf(address, request));
    const size = Math.floor(limit / 4);
    for (let piece = 0; piece < 5; piece += 1) client.send(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`);
    expectError(await expectAnswer(client, request), [413], `a chunked body over ${limit} bytes`);
  } finally {
    client.destroy();
  }
}

const malformedHttp: Rule = {
  id: 'malformed-http',
  title: 'Requests that are malformed HTTP are refused, nothing hidden in them is served, and the server goes on',
  level: 'must',
  run: async (trial) => {
    for (const { name, bytes } of MALFORMED_REQUESTS) await expectRefusal(trial, name, bytes);
    await expectWell(trial);
    return { text: `${MALFORMED_REQUESTS.length} requests` };
  },
};

async function expectRefusal({ address }: Trial, name: string, bytes: string): Promise<void> {
  const client = new RawClient(address);
  try {
    client.send(bytes);
    const answer = await client.answer({ limitMs: 8_000 }).catch(() => undefined);
    const refused = answer ? (answer.status >= 400 && answer.status < 500) || answer.status === 501 : client.closed;
    expect(refused, `a 4xx for ${JSON.stringify(name.slice(0, 80))}`, () =>
      answer ? describeAnswer(answer) : 'no answer within 8 s',
    );
    await client.until(() => (client.closed || client.rest !== '' ? true : undefined), 300).catch(() => {});
    expect(
      client.rest === '',
      `one answer for ${JSON.stringify(name.slice(0, 80))}`,
      () => `a second one: ${shorten(client.rest)}`,
    );
  } finally {
    client.destroy();
  }
}

const abandoned: Rule = {
  id: 'abandoned',
  title: 'Callers that leave in the middle of a request do no harm',
  level: 'must',
  needs: ['perform'],
  run: async (trial) => {
    const bytes = bytesOf(trial.address, { ...trial.probe('perform'), headers: { 'Content-Length': '10000' } });
    for (let leaver = 1; leaver <= 20; leaver += 1) {
      const client = new RawClient(trial.address);
      const sent = leaver % 2 === 0 ? bytes.length : Math.ceil((bytes.length * leaver) / 20);
      client.send(bytes.subarray(0, sent)); // a part of the headers, or all of them and a part of the body
      await sleep(5);
      client.destroy();
    }
    await expectWell(trial);
    return undefined;
  },
};

/** The target can still be called. */
async function expectWell(trial: Trial): Promise<void> {
  const answer = await ask(trial.address, { path: '/ready' });
  expect(answer.status < 500, '/ready to say yes afterwards', () => describeAnswer(answer));
  if (trial.performs) expectGood(await ask(trial.address, trial.probe('perform')), 'a good call afterwards');
}

export const INPUT_RULES: RuleGroup = {
  name: 'Bad input',
  rules: [badInput, malformedJson, oddBodies, bodyLimit, malformedHttp, abandoned],
};
