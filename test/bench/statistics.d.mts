/** Owns the types of statistics.mjs, for its tests. */

export interface Summary {
  median: number;
  min: number;
  max: number;
  rounds: number;
}

export function quantile(values: readonly number[], share: number): number;
export function median(values: readonly number[]): number;
export function summarize(values: readonly number[]): Summary;
export function rotate<T>(items: readonly T[], round: number): T[];
