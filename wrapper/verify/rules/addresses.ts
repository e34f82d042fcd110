/** Owns the rules about paths: prefixes, redirects, verbs, and what is not there. */
import { expectError } from '../expectations.ts';
import { ask, describeAnswer } from '../request.ts';
import { expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';

const NOWHERE = '/api/v1/there-is-no-such-endpoint';

const prefix: Rule = {
  id: 'prefix',
  title: 'Every path works below /pub/job/{name}/{version} as well, whatever the version',
  level: 'must',
  run: async ({ address }) => {
    const { status } = await ask(address, { path: '/live' });
    if (status === 404) throw new NotApplicable('it has no /live: see the rule "live"');
    for (const version of ['0.0.1', 'latest', '1.2.x']) {
      for (const path of ['/live', '/ready', NOWHERE]) {
        const plain = await ask(address, { path });
        const below = await ask(address, { path: `/pub/job/verify/${version}${path}` });
        const same = below.status === plain.status && below.headers['content-type'] === plain.headers['content-type'];
        expect(same, `below /pub/job/verify/${version} what ${path} answers: ${describeAnswer(plain)}`, () =>
          describeAnswer(below),
        );
      }
    }
    return undefined;
  },
};

const prefixedCall: Rule = {
  id: 'prefixed-call',
  title: 'Calls are answered below /pub/job/{name}/{version} as at the root',
  level: 'must',
  needs: ['perform'],
  run: async ({ address, probe }) => {
    const { path, body } = probe('perform');
    const plain = await ask(address, { path, body });
    const below = await ask(address, { path: `/pub/job/verify/latest${path}`, body });
    expect(below.status === plain.status, describeAnswer(plain), () => describeAnswer(below));
    return undefined;
  },
};

const redirects: Rule = {
  id: 'redirects',
  title: 'Redirects are relative, so that they stay below any prefix',
  level: 'must',
  run: async ({ address }) => {
    for (const path of ['/', '/pub/job/verify/1.0.0', '/pub/job/verify/1.0.0/', '/docs', '/redoc']) {
      const { status, headers } = await ask(address, { path });
      const { location } = headers;
      if (status < 300 || status >= 400 || status === 304) continue;
      expect(location !== undefined && !/^(\w+:|\/)/.test(location), `a relative Location from ${path}`, () =>
        String(location),
      );
      const target = new URL(location, `http://job/a/b${path}`).pathname;
      expect(target.startsWith('/a/b/'), `a Location below the prefix from ${path}`, () => location);
    }
    return undefined;
  },
};

const unknownPath: Rule = {
  id: 'unknown-path',
  title: 'A path that does not exist is a 404 with an error body of JSON',
  level: 'must',
  run: async ({ address }) => {
    for (const method of ['GET', 'POST']) {
      const answer = await ask(address, { method, path: NOWHERE, ...(method === 'POST' && { body: {} }) });
      expectError(answer, [404], `${method} ${NOWHERE}`);
    }
    return undefined;
  },
};

const verbs: Rule = {
  id: 'verbs',
  title: 'A wrong verb is a 405 or 404 with an error body of JSON',
  level: 'must',
  run: async ({ address }) => {
    for (const [method, path] of [
      ['DELETE', '/live'],
      ['PUT', '/ready'],
      ['POST', '/health'],
      ['DELETE', '/api/v1/perform'],
      ['PATCH', '/api/v1/perform'],
    ] as const) {
      expectError(await ask(address, { method, path, body: {} }), [405, 404], `${method} ${path}`);
    }
    return undefined;
  },
};

const fault: Rule = {
  id: 'fault',
  title: 'X-Racetrack-Fault says that the caller has to act on a 404',
  level: 'should',
  run: async ({ address }) => {
    const { headers } = await ask(address, { path: NOWHERE });
    expect(headers['x-racetrack-fault'] === 'caller', 'X-Racetrack-Fault: caller', () =>
      String(headers['x-racetrack-fault']),
    );
    return undefined;
  },
};

export const ADDRESS_RULES: RuleGroup = {
  name: 'Addresses',
  rules: [prefix, prefixedCall, redirects, unknownPath, verbs, fault],
};
