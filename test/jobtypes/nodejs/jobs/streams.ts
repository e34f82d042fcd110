import { setTimeout as sleep } from 'node:timers/promises';
import { requestContext } from 'racetrack';

interface Input {
  readonly count?: number;
  readonly size?: number;
  readonly failAfter?: number;
}

/** How far the generators got, and which have been closed. */
const seen = { yielded: 0, closed: 0, aborted: 0 };

export async function* perform({ count = 3, failAfter }: Input) {
  for (let step = 1; step <= count; step += 1) {
    if (step === failAfter) throw Object.assign(new Error('no more'), { status: 418 });
    await sleep(1);
    yield { step };
  }
}

export const auxiliaryEndpoints = () => ({
  '/sync': function* ({ count = 3, failAfter }: Input) {
    for (let step = 1; step <= count; step += 1) {
      if (step === failAfter) throw new RangeError('no more');
      yield step;
    }
  },
  '/endless': async function* ({ size = 10_000 }: Input) {
    seen.yielded = 0;
    try {
      for (;;) {
        seen.yielded += 1;
        yield 'x'.repeat(size);
      }
    } finally {
      seen.closed += 1;
    }
  },
  '/endless-sync': function* () {
    try {
      for (;;) yield 1;
    } finally {
      seen.closed += 1;
    }
  },
  '/waiting': async function* (_input: Input, signal: AbortSignal) {
    signal.addEventListener('abort', () => {
      seen.aborted += 1;
    });
    yield 'first';
    try {
      await sleep(60_000, undefined, { signal });
    } finally {
      seen.closed += 1;
    }
  },
  '/stray': async function* () {
    yield 1;
    void Promise.reject(new Error('stray'));
    await sleep(60_000, undefined, { signal: requestContext()?.signal });
  },
  '/iterator': () => [1, 2, 3].values(),
  '/seen': () => seen,
});
