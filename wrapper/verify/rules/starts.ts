/** Owns the rules about starts: what the probes say while a job loads, and when it cannot be loaded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectJson } from '../expectations.ts';
import { isObject } from '../openapi-document.ts';
import { look } from '../readiness.ts';
import { ask, describeAnswer } from '../request.ts';
import { expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';
import type { Controlled, Trial } from '../trial.ts';

/** Probe jobs heed this variable: `slow` makes them take some seconds to load, `fail` makes their loading fail. */
const START_VARIABLE = 'RACETRACK_VERIFY_START';
const START_LIMIT_MS = 45_000;
const NO_LIVE = 'it has no /live: see the rule "live"';

const slowStart: Rule = {
  id: 'slow-start',
  title: 'While it loads, /live says yes, /ready says no and calls are refused; then it is ready',
  level: 'must',
  needs: ['process'],
  run: async (trial) => {
    const subject = await trial.start({ env: { [START_VARIABLE]: 'slow' }, ready: false });
    const first = await firstReadiness(subject);
    if (first === 200)
      throw new NotApplicable(`it was ready at once: only a job that heeds ${START_VARIABLE}=slow shows how it loads`);
    const live = await ask(subject.address, { path: '/live' });
    if (live.status === 404) throw new NotApplicable(NO_LIVE);
    expect(live.status === 200, '/live to say yes while it loads', () => describeAnswer(live));
    const call = await ask(subject.address, { path: '/api/v1/perform', body: {} });
    expect(call.status === 404 || call.status === 503, '404 or 503 for a call while it loads', () =>
      describeAnswer(call),
    );
    await untilSettled(trial, subject);
    return undefined;
  },
};

/** The status of `/ready` as soon as something listens. */
async function firstReadiness({ address, process }: Controlled): Promise<number> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await look(address, '/ready');
    if (answer) return answer.status;
    expect(process.ending === undefined, 'a program that goes on', () => process.lastWords());
    expect(Date.now() < deadline, `something that listens within ${START_LIMIT_MS / 1000} s`, () =>
      process.lastWords(),
    );
    await sleep(10);
  }
}

async function untilSettled({ performs }: Trial, { address }: Controlled): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const ready = await ask(address, { path: '/ready' });
    const live = await ask(address, { path: '/live' });
    expect(live.status === 200, '/live to say yes all the time', () => describeAnswer(live));
    if (ready.status === 200) break;
    expect(Date.now() < deadline, `/ready to say yes within ${START_LIMIT_MS / 1000} s`, () => describeAnswer(ready));
    await sleep(50);
  }
  if (!performs) return;
  const call = await ask(address, { path: '/api/v1/perform', body: {} });
  expect(call.status !== 404, 'calls to be served once /ready says yes', () => describeAnswer(call));
}

const failedStart: Rule = {
  id: 'failed-start',
  title: 'When it cannot be loaded, the process stays up and /live answers 500 with the reason as "error"',
  level: 'must',
  needs: ['process'],
  run: async (trial) => {
    const subject = await trial.start({ env: { [START_VARIABLE]: 'fail' }, ready: false });
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      const [live, ready] = [await look(subject.address, '/live'), await look(subject.address, '/ready')];
      if (live?.status === 200 && ready?.status === 200)
        throw new NotApplicable(`it started well: only a job that heeds ${START_VARIABLE}=fail shows how it fails`);
      if (live && live.status !== 200) {
        if (live.status === 404) throw new NotApplicable(NO_LIVE);
        expect(live.status === 500, 'status 500 from /live', () => describeAnswer(live));
        expect(ready?.status !== 200, '/ready to say no', () => 'status 200');
        const body = expectJson(live);
        expect(
          isObject(body) && typeof body.error === 'string' && body.error !== '',
          'the reason as "error"',
          () => live.body,
        );
        return { text: body.error };
      }
      expect(subject.process.ending === undefined, 'a process that stays up', () => subject.process.lastWords());
      expect(
        Date.now() < deadline,
        `/live to answer 500 within ${START_LIMIT_MS / 1000} s`,
        () => 'still no word about the failure',
      );
      await sleep(20);
    }
  },
};

export const START_RULES: RuleGroup = { name: 'Starts', rules: [slowStart, failedStart] };
