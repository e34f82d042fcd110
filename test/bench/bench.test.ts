/** Owns the proof that the benchmark sums up and judges rightly; measuring itself is `npm run bench`. */
import { expect, test } from 'vitest';
import { FIGURES, judge, verdict } from './figures.mjs';
import { median, quantile, rotate, summarize } from './statistics.mjs';
import { detailsTable, figuresTable } from './table.mjs';

test.each([
  { values: [3, 1, 2], middle: 2 },
  { values: [10, 9], middle: 9.5 },
  { values: [100, 20, 3, 1], middle: 11.5 },
  { values: [7], middle: 7 },
])('the median of $values is $middle', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

test('quantiles are values that were measured, by nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 100, 198, 200]);
  expect(quantile([5], 0.99)).toBe(5);
});

test('nothing measured gives no number instead of a wrong one', () => {
  expect(median([])).toBeNaN();
  expect(quantile([], 0.5)).toBeNaN();
});

test('a summary leaves the measured values in their order', () => {
  const values = [4, 1, 7];
  expect(summarize(values)).toEqual({ median: 4, min: 1, max: 7, rounds: 3 });
  expect(values).toEqual([4, 1, 7]);
});

test('each contestant comes first in turn, and none is lost', () => {
  const orders = [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''));
  expect(orders).toEqual(['abc', 'bca', 'cab', 'abc']);
});

test.each([
  ['higher', 0.85, 'aim met'],
  ['higher', 0.849, 'met'],
  ['higher', 0.6, 'met'],
  ['higher', 0.599, 'missed'],
  ['higher', Number.NaN, 'missed'],
  ['lower', 0.6, 'aim met'],
  ['lower', 0.7, 'met'],
  ['lower', 0.86, 'missed'],
] as const)('with %s being better, %d is %s', (better, value, expected) => {
  const bounds = better === 'higher' ? { must: 0.6, aim: 0.85 } : { must: 0.85, aim: 0.6 };
  expect(verdict({ better, ...bounds }, value)).toBe(expected);
});

test('a figure without an aim can be met, one without a bound is not judged', () => {
  expect(verdict({ better: 'lower', must: 0.22 }, 0.01)).toBe('met');
  expect(verdict({ better: 'higher' }, 12)).toBe('–');
});

test('every figure has its own key, and no aim is easier than its must', () => {
  expect(new Set(FIGURES.map(({ key }) => key)).size).toBe(FIGURES.length);
  for (const { better, must, aim } of FIGURES) {
    if (must === undefined || aim === undefined) continue;
    expect(better === 'higher' ? aim > must : aim < must).toBe(true);
  }
});

test('only what was measured is judged, and shown with its bounds', () => {
  const rows = judge({ latency: summarize([20, 40, 30]), 'start-fastapi': summarize([0.3]) });
  expect(figuresTable(rows)).toMatchInlineSnapshot(`
    "| figure                               | measured (min–max) | must    | aim     | verdict |
    |--------------------------------------|--------------------|---------|---------|---------|
    | median latency at c=1 above bare     | 30 (20–40) µs      | ≤ 50 µs | ≤ 25 µs | met     |
    | spawn → first good answer, ÷ FastAPI | 0.30               | ≤ 0.22  | –       | missed  |"
  `);
});

test('the numbers behind the figures show fewer decimals when they are large', () => {
  const details = [
    { what: 'c=16', server: 'bare', value: summarize([70_000.4, 80_000]), unit: 'calls/s' },
    { what: 'p99', server: 'bare', value: summarize([0.504]), unit: 'ms' },
  ];
  expect(detailsTable(details)).toMatchInlineSnapshot(`
    "| measured | server | median (min–max)            |
    |----------|--------|-----------------------------|
    | c=16     | bare   | 75000 (70000–80000) calls/s |
    | p99      | bare   | 0.50 ms                     |"
  `);
});
