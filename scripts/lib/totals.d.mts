/** Owns the types of totals.mjs, for its tests. */

export interface Totals {
  passed: number;
  failed: number;
}

export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

export function pythonTotals(output: string, exitCode: number | null): Totals;
export function vitestTotals(report: VitestReport | undefined, exitCode: number | null): Totals;
