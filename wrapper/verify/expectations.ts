/** Owns what many rules expect of an answer: JSON, and errors that programs and people can read. */
import { isObject } from './openapi-document.ts';
import type { RawAnswer } from './raw-client.ts';
import { describeAnswer, shorten } from './request.ts';
import { Deviation, expect } from './rule.ts';

/** The body, which has to be JSON and to say so. */
export function expectJson(answer: RawAnswer): unknown {
  const type = answer.headers['content-type'];
  expect(
    /^application\/(\w+\+)?json\b/.test(type ?? ''),
    'content-type application/json',
    () => `${type}: ${describeAnswer(answer)}`,
  );
  try {
    return JSON.parse(answer.body);
  } catch {
    throw new Deviation('a body of JSON', shorten(answer.body));
  }
}

/** An error of one of these statuses with a body that says what is wrong. */
export function expectError(answer: RawAnswer, statuses: readonly number[], about: string): void {
  expect(statuses.includes(answer.status), `status ${statuses.join(' or ')} for ${about}`, () =>
    describeAnswer(answer),
  );
  const body = expectJson(answer);
  const said =
    isObject(body) && ((typeof body.error === 'string' && typeof body.type === 'string') || 'detail' in body);
  expect(said, `{"error","type"} or {"detail"} for ${about}`, () => answer.body);
}

export function expectGood(answer: RawAnswer, about: string): void {
  expect(answer.status >= 200 && answer.status < 300, `a 2xx for ${about}`, () => describeAnswer(answer));
}
