/** Owns the types of figures.mjs, for its tests. */
import type { Summary } from './statistics.mjs';

export interface Figure {
  key: string;
  name: string;
  better: 'higher' | 'lower';
  must?: number;
  aim?: number;
  decimals: number;
  unit: string;
}

export interface Row extends Figure {
  measured: Summary;
  verdict: string;
}

export const FIGURES: readonly Figure[];
export function verdict(figure: Pick<Figure, 'better' | 'must' | 'aim'>, value: number): string;
export function judge(summaries: Readonly<Record<string, Summary>>): Row[];
