/** Owns the rules about the OpenAPI document: it is valid, and what it says is so. */
import { expectGood, expectJson } from '../expectations.ts';
import type { OpenApiDocument, Operation } from '../openapi-document.ts';
import { ask, describeAnswer, shorten } from '../request.ts';
import { Deviation, expect, NotApplicable, type Rule, type RuleGroup } from '../rule.ts';
import type { Trial } from '../trial.ts';

const EXAMPLE_LIMIT_MS = 30_000;

const valid: Rule = {
  id: 'openapi',
  title: 'GET /openapi.json answers a valid OpenAPI 3.1 document',
  level: 'must',
  run: async ({ openApi }) => {
    const document = await openApi();
    const version = document.value.openapi;
    expect(typeof version === 'string' && version.startsWith('3.1'), 'OpenAPI 3.1', () => String(version));
    const { Validator } = await import('@seriousme/openapi-schema-validator');
    const verdict = await new Validator().validate(structuredClone(document.value));
    expect(verdict.valid, 'a valid document', () => shorten(JSON.stringify(verdict.errors), 600));
    return { text: `${document.operations.length} operations` };
  },
};

const listed: Rule = {
  id: 'listed-paths',
  title: 'Every operation that the document lists exists',
  level: 'must',
  run: async (trial) => {
    const probes = trial.paths('slow', 'stream', 'flood', 'fail', 'crash');
    const { operations: all } = await trial.openApi();
    const operations = all.filter(({ callable, path }) => callable && !probes.has(path));
    for (const operation of operations) {
      const answer = await call(trial, operation);
      expect(![404, 405, 501].includes(answer.status), `${nameOf(operation)} to exist`, () => describeAnswer(answer));
    }
    return { text: `${operations.length} called` };
  },
};

const examples: Rule = {
  id: 'examples',
  title: 'Every documented example works, and the answer fits its schema',
  level: 'must',
  run: async (trial) => {
    const document = await trial.openApi();
    const failing = trial.paths('fail', 'crash');
    const operations = document.operations.filter(
      ({ method, path, example, callable }) =>
        callable && !failing.has(path) && (example !== undefined || method === 'GET'),
    );
    if (operations.length === 0) throw new NotApplicable('no example is documented');
    for (const operation of operations) await tryExample(trial, document, operation);
    return { text: `${operations.length} tried` };
  },
};

async function tryExample(trial: Trial, document: OpenApiDocument, operation: Operation): Promise<void> {
  const answer = await call(trial, operation);
  if (operation.good.includes(String(answer.status)) && answer.status >= 300) return;
  expectGood(answer, `${nameOf(operation)} with its example ${shorten(JSON.stringify(operation.example ?? null))}`);
  if (!operation.answers || answer.status === 204) return;
  const problem = document.mismatch(operation, answer.status, expectJson(answer));
  if (problem)
    throw new Deviation(
      `an answer of ${nameOf(operation)} that fits its schema`,
      `${problem}: ${shorten(answer.body)}`,
    );
}

const call = ({ address }: Trial, { method, path, body, example }: Operation) =>
  ask(address, {
    method,
    path,
    ...((body !== undefined || example !== undefined) && { body: example ?? {} }),
    limitMs: EXAMPLE_LIMIT_MS,
  });

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

export const DOCUMENTATION_RULES: RuleGroup = { name: 'Documentation', rules: [valid, listed, examples] };
