/** Owns the rules about a single call: its answer, its headers, its connection, the error it meets, its time limit. */
import { expectError, expectGood, expectJson } from '../expectations.ts';
import { RawClient } from '../raw-client.ts';
import { ask, askOn, bytesOf, expectAnswer, shorten } from '../request.ts';
import { expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';

const perform: Rule = {
  id: 'perform',
  title: 'POST /api/v1/perform answers its example with 2xx and JSON',
  level: 'must',
  run: async ({ address, probe, paths }) => {
    if (paths('perform').size === 0) throw new NotApplicable('the OpenAPI document does not list POST /api/v1/perform');
    const answer = await ask(address, probe('perform'));
    expectGood(answer, `the input ${shorten(JSON.stringify(probe('perform').body))}`);
    if (answer.status !== 204) expectJson(answer);
    return undefined;
  },
};

/** None of these may change the answer to a call. */
const HEADERS = [
  { 'X-Request-Tracing-Id': 'verify-7f3a', 'X-Caller-Name': 'verify' },
  { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'verify=1' },
  { traceparent: 'nonsense', 'X-Request-Tracing-Id': '"\\\t;%0a{}', 'X-Caller-Name': 'n\u00e4me' },
  { 'X-Request-Tracing-Id': 'x'.repeat(2_000) },
];

const tracing: Rule = {
  id: 'tracing',
  title: 'Headers for tracing and caller are accepted, whatever they hold',
  level: 'must',
  needs: ['perform'],
  run: async ({ address, probe }) => {
    for (const headers of HEADERS) {
      const answer = await ask(address, { ...probe('perform'), headers });
      expectGood(answer, `a call with ${JSON.stringify(headers).slice(0, 120)}`);
    }
    return undefined;
  },
};

const keepAlive: Rule = {
  id: 'keep-alive',
  title: 'A connection takes many calls, also several at once, and answers them in order',
  level: 'should',
  needs: ['perform'],
  run: async ({ address, probe }) => {
    const client = new RawClient(address);
    const request = { ...probe('perform'), headers: { Connection: 'keep-alive' } };
    const live = { path: '/live', headers: { Connection: 'keep-alive' } };
    const { body } = await ask(address, live);
    try {
      expectGood(await askOn(client, address, request), 'the first call');
      client.send(Buffer.concat([bytesOf(address, request), bytesOf(address, live), bytesOf(address, request)]));
      expectGood(await expectAnswer(client, request), 'the first of three pipelined requests');
      const second = await expectAnswer(client, live);
      expect(second.body === body, 'the answer of /live in the second place', () => second.body);
      expectGood(await expectAnswer(client, request), 'the third of three pipelined requests');
    } finally {
      client.destroy();
    }
    return undefined;
  },
};

/** What stack traces look like in Python, Node, Go and Java. */
const TRACE = /Traceback \(most recent call last\)|^\s*File ".*", line \d+|\n\s+at .*[:(]\d+|goroutine \d+ \[/m;

const jobError: Rule = {
  id: 'job-error',
  title: 'An error that the job raises is a 500 with {"error","type"}, without a stack trace',
  level: 'must',
  needs: ['fail'],
  run: async ({ address, probe }) => {
    const answer = await ask(address, probe('fail'));
    expectError(answer, [500], 'an error of the job');
    expect(!TRACE.test(answer.body.replaceAll('\\n', '\n')), 'no stack trace', () => answer.body);
    return undefined;
  },
};

const jobFault: Rule = {
  id: 'job-fault',
  title: 'X-Racetrack-Fault says that the job has to act on an error of its own',
  level: 'should',
  needs: ['fail'],
  run: async ({ address, probe }) => {
    const { headers } = await ask(address, probe('fail'));
    expect(headers['x-racetrack-fault'] === 'job', 'X-Racetrack-Fault: job', () =>
      String(headers['x-racetrack-fault']),
    );
    return undefined;
  },
};

const timeLimit: Rule = {
  id: 'time-limit',
  title: 'X-Request-Timeout ends a call with 504, and the next one is served',
  level: 'should',
  needs: ['slow'],
  run: async ({ address, probe }) => {
    const answer = await ask(address, { ...probe('slow'), headers: { 'X-Request-Timeout': '0.3' } });
    expectError(answer, [504], 'a call that takes longer than its X-Request-Timeout');
    expectGood(await ask(address, { ...probe('slow'), limitMs: 30_000 }), 'the next call');
    return undefined;
  },
};

export const CALL_RULES: RuleGroup = {
  name: 'Calls',
  rules: [perform, tracing, keepAlive, jobError, jobFault, timeLimit],
};
