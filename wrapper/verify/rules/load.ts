/** Owns the rules about many calls at once: limits, refusals, and that answers stay right. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectError, expectGood } from '../expectations.ts';
import type { RawAnswer } from '../raw-client.ts';
import { ask, describeAnswer } from '../request.ts';
import { expect, type Rule, type RuleGroup } from '../rule.ts';
import type { Trial } from '../trial.ts';

const CALL_LIMIT_MS = 45_000;

const busy: Rule = {
  id: 'busy',
  title: 'Calls over the limit are refused at once with 429, those within it are served',
  level: 'must',
  needs: ['slow', 'limits'],
  run: async (trial) => {
    const limit = trial.limits.calls as number;
    const order: number[] = [];
    const answers = await many(limit * 3, async () => {
      const answer = await ask(trial.address, { ...trial.probe('slow'), limitMs: CALL_LIMIT_MS });
      order.push(answer.status);
      return answer;
    });
    const refused = answers.filter(({ status }) => status === 429);
    const served = answers.length - refused.length;
    expect(served >= limit, `${limit} calls to be served`, () => `${served} of ${answers.length}`);
    expect(refused.length > 0, `refusals of ${answers.length} calls at a limit of ${limit}`, () => 'none');
    for (const answer of answers) {
      if (answer.status === 429) expectRefusal(answer);
      else expectGood(answer, 'a call within the limit');
    }
    const early = order.indexOf(429) < order.indexOf(200);
    expect(early, 'refusals before the first served call has ended', () => `the order ${order.join(' ')}`);
    expectGood(await ask(trial.address, trial.probe('slow')), 'a call afterwards');
    return { text: `${served} served, ${refused.length} refused` };
  },
};

function expectRefusal(answer: RawAnswer): void {
  expectError(answer, [429], 'a call over the limit');
  expect('retry-after' in answer.headers, 'Retry-After with a 429', () => JSON.stringify(answer.headers));
}

const ROUNDS = 5;
const CALLERS = 50;

const overload: Rule = {
  id: 'overload',
  title: 'Under more calls than it can serve, answers stay right, probes answer, and it recovers',
  level: 'must',
  needs: ['perform'],
  run: async (trial) => {
    const call = () => ask(trial.address, { ...trial.probe('perform'), limitMs: CALL_LIMIT_MS });
    const [first, second] = [await call(), await call()];
    const steady = first.body === second.body ? first.body : undefined;
    const tally = { served: 0, refused: 0 };
    const load = many(CALLERS, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const answer = await call();
        if ([429, 503].includes(answer.status)) {
          expectError(answer, [429, 503], 'a refused call');
          tally.refused += 1;
        } else {
          expect(answer.status === first.status, describeAnswer(first), () => describeAnswer(answer));
          expect(steady === undefined || answer.body === steady, `the answer ${steady}`, () => describeAnswer(answer));
          tally.served += 1;
        }
      }
    });
    await Promise.all([load, expectProbes(trial)]);
    expect(tally.served > 0, 'some calls to be served', () => 'every call was refused');
    expectGood(await call(), 'a call afterwards');
    return { text: `${tally.served} served, ${tally.refused} refused` };
  },
};

async function expectProbes({ address }: Trial): Promise<void> {
  for (let look = 0; look < 5; look += 1) {
    const answer = await ask(address, { path: '/live' });
    expect(answer.status === 200, '/live to say yes under load', () => describeAnswer(answer));
    await sleep(20);
  }
}

/** So many at once; the first failure is that of all. */
const many = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work));

export const LOAD_RULES: RuleGroup = { name: 'Load', rules: [busy, overload] };
