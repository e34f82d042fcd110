/** Owns the rules about `/live`, `/ready` and `/health`. */

import { expectJson } from '../expectations.ts';
import { isObject } from '../openapi-document.ts';
import { ask, describeAnswer } from '../request.ts';
import { expect, type Rule, type RuleGroup } from '../rule.ts';

const live: Rule = {
  id: 'live',
  title: 'GET /live answers 200 with a JSON object that has deployment_timestamp',
  level: 'must',
  run: async ({ address }) => {
    const answer = await ask(address, { path: '/live' });
    expect(answer.status === 200, 'status 200', () => describeAnswer(answer));
    const body = expectJson(answer);
    expect(isObject(body) && 'deployment_timestamp' in body, 'deployment_timestamp in the body', () => answer.body);
    return undefined;
  },
};

const ready: Rule = {
  id: 'ready',
  title: 'GET /ready answers 200',
  level: 'must',
  run: async ({ address }) => {
    const answer = await ask(address, { path: '/ready' });
    expect(answer.status === 200, 'status 200', () => describeAnswer(answer));
    return undefined;
  },
};

const health: Rule = {
  id: 'health',
  title: 'GET /health answers 200 with a JSON object that says whether it is live and ready',
  level: 'should',
  run: async ({ address }) => {
    const answer = await ask(address, { path: '/health' });
    expect(answer.status === 200, 'status 200', () => describeAnswer(answer));
    const body = expectJson(answer);
    expect(isObject(body) && body.live === true && body.ready === true, 'live and ready, both true', () => answer.body);
    return undefined;
  },
};

export const PROBE_RULES: RuleGroup = { name: 'Probes', rules: [live, ready, health] };
