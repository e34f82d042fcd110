/** Owns counting: what the reports of unittest and vitest say about how many tests passed and failed. */

/**
 * unittest closes with "Ran 12 tests in 0.3s" and "FAILED (failures=1, errors=2)". No test at all is a failure too: it
 * means that they were not found.
 */
export function pythonTotals(output, exitCode) {
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const verdict = /^(?:OK|FAILED)(?: \((.*)\))?$/m.exec(output)?.[1] ?? '';
  const count = (kind) => Number(new RegExp(`(?:^|, )${kind}=(\\d+)`).exec(verdict)?.[1] ?? 0);
  const failed = count('failures') + count('errors') + count('unexpected successes');
  const passed = Math.max(0, ran - failed - count('skipped') - count('expected failures'));
  return { passed, failed: exitCode === 0 && ran > 0 ? failed : Math.max(failed, 1) };
}

/**
 * Counts vitest's JSON report, undefined when there is none. A file that fails before its first test has no failed
 * test, and an unhandled error belongs to none: both count as one.
 */
export function vitestTotals(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return { passed: report.numPassedTests, failed: exitCode === 0 ? failed : Math.max(failed, 1) };
}
