/** Owns the proof that the closing totals count every way in which tests can fail. */
import { expect, test } from 'vitest';
import { pythonTotals, vitestTotals } from '../../scripts/lib/totals.mjs';

test.each([
  ['all pass', 'Ran 12 tests in 0.301s\n\nOK\n', 0, { passed: 12, failed: 0 }],
  ['one test, one skipped', 'Ran 2 tests in 0.1s\n\nOK (skipped=1)\n', 0, { passed: 1, failed: 0 }],
  [
    'failures and errors',
    'Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=1)\n',
    1,
    { passed: 5, failed: 3 },
  ],
  ['an expected failure', 'Ran 3 tests in 1s\n\nOK (expected failures=1)\n', 0, { passed: 2, failed: 0 }],
  ['no tests found', 'Ran 0 tests in 0.000s\n\nNO TESTS RAN\n', 5, { passed: 0, failed: 1 }],
  ['no tests found on an old Python', 'Ran 0 tests in 0.000s\n\nOK\n', 0, { passed: 0, failed: 1 }],
  ['an interpreter that dies', 'Segmentation fault\n', null, { passed: 0, failed: 1 }],
])('counts Python tests: %s', (_name, output, code, totals) => {
  expect(pythonTotals(output, code)).toEqual(totals);
});

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failing = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const broken = { status: 'failed', assertionResults: [] };

test.each([
  ['all pass', report(1, 0, [passing]), 0, { passed: 1, failed: 0 }],
  ['a failing test', report(2, 1, [passing, failing]), 1, { passed: 2, failed: 1 }],
  ['a file that cannot be imported', report(1, 0, [passing, broken]), 1, { passed: 1, failed: 1 }],
  ['an unhandled error', report(1, 0, [passing]), 1, { passed: 1, failed: 1 }],
  ['no report', undefined, 1, { passed: 0, failed: 1 }],
  ['no report in spite of success', undefined, 0, { passed: 0, failed: 1 }],
])('counts vitest: %s', (_name, found, code, totals) => {
  expect(vitestTotals(found, code)).toEqual(totals);
});

function report(numPassedTests: number, numFailedTests: number, testResults: (typeof passing)[]) {
  return { numPassedTests, numFailedTests, testResults };
}
