/** Owns the proof that malformed JSON is reported as Python's own decoder reports it: the same place, the same words. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from '../../wrapper/validation/json-fault.ts';

const BROKEN = [
  ...['', ' ', '{', '[', '{"a"', '{"a":', '{"a": }', '{"a":1', '{"a":1 "b"}', '{"a" 1}', '{a:1}', "{'a':1}", '{1:2}'],
  ...['[1', '[1 2]', '[1 ', 'nul', 'tru', '+1', '01', '.5', '1.', '-', '1e', '--1', '1 2', '{} x', '"a" "b"', ']', '}'],
  ...[
    '"',
    '"abc',
    '"a\\',
    '"\\x"',
    '"\\u12"',
    '"\\u12G4"',
    '"a\nb"',
    '"a\tb"',
    '[[[',
    '{"a":[{"b":"c}',
    '[}',
    '{]',
    ',',
  ],
];
/** Python's decoder takes these; the wrapper does not. */
const PYTHON_ONLY = /NaN|Infinity/;
const PROGRAM = `
import json, sys
faults = []
for text in json.load(sys.stdin):
    try:
        json.loads(text)
        faults.append(None)
    except json.JSONDecodeError as error:
        faults.append([error.pos, error.msg])
print(json.dumps(faults))
`;

function pythonFaults(texts: readonly string[]): (readonly [number, string] | null)[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', PROGRAM], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const ourFault = (text: string) => {
  const fault = findJsonFault(text);
  return fault ? [fault.at, fault.reason] : null;
};

/** Versions of Python name trailing commas and cut escapes differently: only the rest is compared. */
const isStable = (fault: readonly [number, string] | null): boolean =>
  fault === null || !/trailing comma|escape/.test(fault[1]);

function expectAgreement(texts: readonly string[]): void {
  const known = pythonFaults(texts);
  for (const [at, text] of texts.entries()) {
    const theirs = known[at] ?? null;
    if (isStable(theirs)) expect([text, ourFault(text)]).toEqual([text, theirs]);
    else expect(findJsonFault(text), text).toBeDefined();
  }
}

test('known mistakes', () => expectAgreement(BROKEN));

test('damaged JSON', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '1', 'x', ' ', '\n', '-'),
      fc.nat(2),
    )
    .map(([text, place, sign, cut]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + sign + text.slice(at + cut);
    })
    .filter((text) => !PYTHON_ONLY.test(text) && !/,\s*[\]}]/.test(text));
  expectAgreement(fc.sample(damaged, 1000));
});

test('agrees with JSON.parse about what is JSON', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: fc.constantFrom(...'{}[],:"\\u019.eE+-tfn ') }), fc.json()), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(findJsonFault(text) === undefined).toBe(isJson);
    }),
    { numRuns: 3000 },
  ));

test('a hundred thousand levels are no trouble', () => {
  expect(findJsonFault('['.repeat(100_000))).toEqual({ at: 100_000, reason: 'Expecting value' });
  expect(findJsonFault('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
});
