/** Owns the proof that each rule can fail: a server with one defect at a time makes the rules red that look at it, and no others. */
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { RULES } from '../../wrapper/verify/catalogue.ts';
import { programTarget } from '../../wrapper/verify/process-target.ts';
import type { Rule } from '../../wrapper/verify/rule.ts';
import { DEFAULT_SETTINGS } from '../../wrapper/verify/settings.ts';
import { verify } from '../../wrapper/verify/verify.ts';

const SERVER = join(import.meta.dirname, 'defects/server.mjs');
const LIMIT_MS = 240_000;

vi.setConfig({ maxConcurrency: 8 }); // most of the time is waiting

/** Which rules see which defect. */
const DEFECTS: Readonly<Record<string, readonly string[]>> = {
  'live-without-timestamp': ['live'],
  'ready-while-failed': ['failed-start'],
  unhealthy: ['health'],
  'no-prefix': ['prefix', 'prefixed-call'],
  'absolute-redirect': ['redirects'],
  'html-404': ['unknown-path', 'fault'],
  'any-verb': ['verbs'],
  'no-fault': ['fault', 'job-fault'],
  'refuses-calls': ['perform', 'examples'],
  'refuses-tracing': ['tracing'],
  'one-call-a-connection': ['keep-alive'],
  'stack-traces': ['job-error'],
  'no-time-limit': ['time-limit'],
  'invalid-openapi': ['openapi'],
  'lists-what-is-not': ['listed-paths'],
  'broken-example': ['examples'],
  'answer-of-another-type': ['examples'],
  'bad-metrics': ['metrics', 'metrics-move'],
  'counts-nothing': ['metrics-move'],
  'plain-log': ['log-lines', 'log-tracing'],
  'no-tracing-in-log': ['log-tracing'],
  'no-limit': ['busy'],
  'no-retry-after': ['busy'],
  'wrong-now-and-then': ['overload'],
  'no-lines': ['stream-lines'],
  'no-events': ['stream-events'],
  'streams-to-nobody': ['disconnect'],
  'no-back-pressure': ['back-pressure'],
  'crash-on-null': ['bad-input'],
  '500-for-bad-json': ['malformed-json', 'odd-bodies'],
  '500-for-odd-types': ['odd-bodies'],
  'no-body-limit': ['body-limit'],
  'lax-http': ['malformed-http'],
  'hurt-by-leavers': ['abandoned'],
  'crash-is-200': ['crash'],
  'hangs-when-killed': ['crash', 'kill'],
  'dies-with-worker': ['crash', 'kill'],
  'ends-at-once': ['drain'],
  'exit-code': ['drain'],
  'dead-while-loading': ['slow-start'],
  'silent-failed-start': ['failed-start'],
  'leaves-a-process': ['leftovers'],
};

/** These take seconds: they are applied to the server without a defect, and where they are the ones to fail. */
const PATIENT = ['openapi', 'time-limit', 'busy', 'back-pressure', 'kill', 'drain', 'slow-start'];

const rulesFor = (expected: readonly string[]): readonly Rule[] =>
  RULES.filter(({ id }) => !PATIENT.includes(id) || expected.includes(id));

async function outcomesOf(defect: string, { rules = RULES, budgets = {} } = {}): Promise<Map<string, string>> {
  const target = programTarget({
    kind: 'command',
    name: 'a server with defects',
    command: [process.execPath, SERVER],
    cwd: import.meta.dirname,
    env: { ...process.env, DEFECT: defect },
    limits: { calls: 4, body: 64 * 1024 },
  });
  const settings = { ...DEFAULT_SETTINGS, budgets, probes: { slow: { path: '/api/v1/slow', body: { seconds: 2 } } } };
  const { signal } = new AbortController();
  const outcomes = new Map<string, string>();
  for await (const event of verify({ target, rules, skip: new Map(), settings, totalMs: LIMIT_MS, signal })) {
    if (event.kind === 'judged') outcomes.set(event.result.rule.id, event.result.outcome);
  }
  return outcomes;
}

const failed = (outcomes: Map<string, string>): string[] =>
  [...outcomes].filter(([, outcome]) => outcome === 'failed').map(([id]) => id);

describe.concurrent('a server', () => {
  test('without a defect keeps every rule', { timeout: LIMIT_MS }, async () => {
    const outcomes = await outcomesOf('');
    expect(outcomes.size).toBe(RULES.length);
    expect([...outcomes].filter(([, outcome]) => outcome !== 'passed')).toEqual([]);
  });

  for (const [defect, rules] of Object.entries(DEFECTS)) {
    test(`with "${defect}" fails ${rules.join(' and ')}`, { timeout: LIMIT_MS }, async () => {
      expect(failed(await outcomesOf(defect, { rules: rulesFor(rules) })).sort()).toEqual([...rules].sort());
    });
  }

  test('over its budgets fails start-time and memory', { timeout: LIMIT_MS }, async () => {
    expect(failed(await outcomesOf('', { rules: rulesFor([]), budgets: { startMs: 1, memory: 1 } }))).toEqual([
      'start-time',
      'memory',
    ]);
  });
});

test('there is a defect for every rule', () => {
  // An examination waits for /ready before its first rule, so that a server which is never ready fails as a whole.
  const seen = new Set([...Object.values(DEFECTS).flat(), 'start-time', 'memory', 'ready']);
  expect(RULES.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
});
