/** How long a worker that keeps dying is left alone before it is started again. */
import { expect, test } from 'vitest';
import { BackOff } from '../../wrapper/worker/back-off.ts';

test('the first restart comes at once, each further one twice as late, up to a quarter of a minute', () => {
  const backOff = new BackOff();
  const delays = Array.from({ length: 12 }, () => backOff.next(0));
  expect(delays).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
});

test('the delay stays finite however often the worker dies', () => {
  const backOff = new BackOff();
  for (let restart = 0; restart < 5000; restart += 1) backOff.next(0);
  expect(backOff.next(0)).toBe(15_000);
});

test('a worker that lived for 30 seconds starts the count anew, one that lived less does not', () => {
  const backOff = new BackOff();
  for (let restart = 0; restart < 5; restart += 1) backOff.next(0);
  expect(backOff.next(29_999)).toBe(1600);
  expect(backOff.next(30_000)).toBe(0);
  expect(backOff.next(0)).toBe(100);
});
