/** Owns the rules about what can be observed: metrics and log lines. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectGood } from '../expectations.ts';
import { type Exposition, parseExposition } from '../exposition.ts';
import { isObject } from '../openapi-document.ts';
import { ask, shorten } from '../request.ts';
import { Deviation, expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';
import type { Trial } from '../trial.ts';

const LOG_LIMIT_MS = 5_000;

const metrics: Rule = {
  id: 'metrics',
  title: 'GET /metrics keeps strictly to the text format of Prometheus',
  level: 'should',
  run: async (trial) => ({ text: `${(await readMetrics(trial)).samples.length} samples` }),
};

const counters: Rule = {
  id: 'metrics-move',
  title: 'Counters rise with the calls, and last_call_timestamp tells the time of the last one',
  level: 'should',
  needs: ['perform'],
  run: async (trial) => {
    const before = await readMetrics(trial);
    const start = Date.now() / 1000 - 5;
    for (let call = 0; call < 3; call += 1) expectGood(await ask(trial.address, trial.probe('perform')), 'a call');
    const after = await readMetrics(trial);
    const last = after.value('last_call_timestamp');
    expect(last !== undefined && last > start, 'last_call_timestamp to be now', () => String(last));
    const risen = (name: string) => (after.value(name) ?? 0) - (before.value(name) ?? 0);
    for (const name of ['requests_started_total', 'requests_done_total']) {
      expect(risen(name) >= 3, `${name} to rise by 3 with 3 calls`, () => `a rise of ${risen(name)}`);
    }
    return undefined;
  },
};

async function readMetrics({ address }: Trial): Promise<Exposition> {
  const { status, headers, body } = await ask(address, { path: '/metrics' });
  if (status === 404) throw new NotApplicable('there are no metrics, which the platform tolerates');
  expect(status === 200, 'status 200', () => String(status));
  expect(headers['content-type']?.startsWith('text/plain') === true, 'content-type text/plain', () =>
    String(headers['content-type']),
  );
  try {
    return parseExposition(body);
  } catch (error) {
    throw new Deviation('the text format of Prometheus', (error as Error).message);
  }
}

const logLines: Rule = {
  id: 'log-lines',
  title: 'With LOG_STRUCTURED each line of the log is a JSON object with time, level and message',
  level: 'should',
  needs: ['process'],
  run: async (trial) => {
    const lines = logOf(trial);
    expect(lines.length > 0, 'some lines', () => 'none');
    for (const line of lines) {
      const record = parse(line);
      const told = record && ['time', 'lvl', 'msg'].every((name) => typeof record[name] === 'string');
      expect(told === true, '{"time","lvl","msg",…}', () => shorten(line));
    }
    return { text: `${lines.length} lines` };
  },
};

const logTracing: Rule = {
  id: 'log-tracing',
  title: "The lines of a call carry its tracing id and, with LOG_CALLER_NAME, its caller's name",
  level: 'should',
  needs: ['process', 'perform'],
  run: async (trial) => {
    const tracing = `verify-${Date.now().toString(36)}`;
    const headers = { 'X-Request-Tracing-Id': tracing, 'X-Caller-Name': 'verify-caller' };
    expectGood(await ask(trial.address, { ...trial.probe('perform'), headers }), 'a call');
    const deadline = Date.now() + LOG_LIMIT_MS;
    for (;;) {
      const found = logOf(trial)
        .map(parse)
        .find((record) => record?.tracing_id === tracing);
      if (found?.caller_name === 'verify-caller') return undefined;
      expect(Date.now() < deadline, `a line with tracing_id ${tracing} and caller_name verify-caller`, () =>
        found ? JSON.stringify(found) : 'no such line',
      );
      await sleep(50);
    }
  },
};

/** The complete lines so far. */
const logOf = ({ process }: Trial): string[] => process.output().split('\n').slice(0, -1);

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isObject(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

export const OBSERVATION_RULES: RuleGroup = {
  name: 'Metrics and logs',
  rules: [metrics, counters, logLines, logTracing],
};
