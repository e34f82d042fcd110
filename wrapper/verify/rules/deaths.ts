/** Owns the rules about processes that die, and about a stop that is asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectError, expectGood } from '../expectations.ts';
import type { RawAnswer } from '../raw-client.ts';
import { look } from '../readiness.ts';
import { ask, describeAnswer } from '../request.ts';
import { Deviation, expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';
import type { Ending } from '../target.ts';
import type { Trial } from '../trial.ts';

const TAKEN_MS = 400;
const MOST_TAKEN_MS = 1_000;
const RECOVERY_MS = 20_000;
const STOP_LIMIT_MS = 45_000;
const SLOW_LIMIT_MS = 45_000;

const crash: Rule = {
  id: 'crash',
  title: 'A call that ends its process is a 502 with an error body; /live stays, and the next calls are served',
  level: 'must',
  needs: ['crash', 'perform'],
  run: async (trial) => {
    for (let round = 0; round < 2; round += 1) {
      expectError(await ask(trial.address, trial.probe('crash')), [502], 'a call that ends its process');
      await expectRecovery(trial);
    }
    return undefined;
  },
};

const kill: Rule = {
  id: 'kill',
  title: 'kill -9 of a worker fails the calls it runs with 502, and nothing else; the service recovers',
  level: 'must',
  needs: ['process', 'slow', 'perform'],
  run: async (trial) => {
    const workers = trial.process.workers();
    if (workers.length === 0) throw new NotApplicable('it has no processes beside the one that serves HTTP');
    const running = await startSlowCalls(trial.address, trial);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await expectRecovery(trial);
    for (const answer of await Promise.all(running)) {
      if (answer.status !== 200) expectError(answer, [502, 503], 'a call whose worker was killed');
    }
    return { text: `killed: ${workers.length}` };
  },
};

/** Starts slow calls and waits until they are surely running, however busy this machine is. */
async function startSlowCalls(address: string, trial: Trial): Promise<Promise<RawAnswer>[]> {
  let over = false;
  const calls = [1, 2, 3].map(() => ask(address, { ...trial.probe('slow'), limitMs: SLOW_LIMIT_MS }));
  for (const call of calls) {
    call.then(
      () => {
        over = true;
      },
      () => {}, // looked at by the rule
    );
  }
  const before = Date.now();
  await ask(address, { path: '/live' });
  await sleep(Math.min(MOST_TAKEN_MS, Math.max(TAKEN_MS, 10 * (Date.now() - before))));
  if (over) throw new NotApplicable('the slow call is over too soon: one that takes some seconds is needed');
  return calls;
}

/** `/live` says yes all the time, `/ready` soon again, and calls are served. */
async function expectRecovery(trial: Trial): Promise<void> {
  const deadline = Date.now() + RECOVERY_MS;
  for (;;) {
    const live = await ask(trial.address, { path: '/live' });
    expect(live.status === 200, '/live to say yes while a worker is replaced', () => describeAnswer(live));
    const answer = await ask(trial.address, { ...trial.probe('perform'), limitMs: SLOW_LIMIT_MS });
    if (answer.status < 300) break;
    expectError(answer, [502, 503], 'a call while a worker is replaced');
    if (Date.now() > deadline)
      throw new Deviation(`a good call within ${RECOVERY_MS / 1000} s`, describeAnswer(answer));
    await sleep(50);
  }
  const ready = await ask(trial.address, { path: '/ready' });
  expect(ready.status === 200, '/ready to say yes once calls are served', () => describeAnswer(ready));
}

const drain: Rule = {
  id: 'drain',
  title: 'SIGTERM under load loses no accepted call, refuses new ones with 503, and ends with exit code 0',
  level: 'must',
  needs: ['process', 'slow'],
  run: async (trial) => {
    const subject = await trial.start();
    const running = await startSlowCalls(subject.address, trial);
    const offered = offerCalls(subject.address, trial, subject.process.ended);
    offered.catch(() => {}); // looked at below
    subject.process.signal('SIGTERM');
    const ending = await Promise.race([subject.process.ended, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    expect(ending !== undefined, `an end within ${STOP_LIMIT_MS / 1000} s after SIGTERM`, () => 'it still runs');
    for (const answer of await Promise.all(running)) expectGood(answer, 'a call that ran when SIGTERM came');
    expect(ending.code === 0, 'exit code 0', () => describeEnding(ending));
    const { served, refused } = await offered;
    return { text: `${running.length} running calls answered, then ${served} served and ${refused} refused` };
  },
};

/** New calls until the end. Each is served, refused with 503, or finds nobody listening; none gets half an answer. */
async function offerCalls(
  address: string,
  trial: Trial,
  ended: Promise<Ending>,
): Promise<{ served: number; refused: number }> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const tally = { served: 0, refused: 0 };
  while (!over) {
    const answer = await attempt(address, trial);
    if (!answer) break;
    if (answer.status < 300) tally.served += 1;
    else {
      expectError(answer, [503, 429], 'a new call after SIGTERM');
      tally.refused += 1;
    }
    await sleep(20);
  }
  return tally;
}

/** Undefined when the connection is not taken any more. */
async function attempt(address: string, trial: Trial): Promise<RawAnswer | undefined> {
  if (!trial.performs) return look(address, '/live');
  return ask(address, trial.probe('perform')).catch((error: unknown) => {
    if (error instanceof Deviation && /ECONN|closed without one/.test(error.came)) return undefined;
    throw error;
  });
}

const describeEnding = ({ code, signal }: Ending): string =>
  signal === null ? `exit code ${code}` : `the signal ${signal}`;

export const DEATH_RULES: RuleGroup = { name: 'Crashes and stops', rules: [crash, kill, drain] };
