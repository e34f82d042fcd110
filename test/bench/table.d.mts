/** Owns the types of table.mjs, for its tests. */
import type { Row } from './figures.mjs';
import type { Summary } from './statistics.mjs';

export interface Detail {
  what: string;
  server: string;
  value: Summary;
  unit: string;
}

export function figuresTable(rows: readonly Row[]): string;
export function detailsTable(details: readonly Detail[]): string;
