import { setTimeout as sleep } from 'node:timers/promises';

class NotFound extends Error {
  readonly statusCode = 404;
}

class Named extends Error {
  override name = 'OwnName';
}

let cancelled = 0;

const TROUBLES: Record<string, (signal: AbortSignal) => unknown> = {
  plain: () => {
    throw new Error('plain');
  },
  notFound: () => {
    throw new NotFound('no such thing');
  },
  named: async () => {
    throw new Named('named');
  },
  headers: () => {
    const headers = { 'Retry-After': 7, 'Content-Type': 'text/html', 'Bad Name': 'x', 'X-Bad': 'a\nb', 'X-Good': 'g' };
    throw Object.assign(new Error('later'), { status: 503, headers });
  },
  oddStatus: () => {
    throw Object.assign(new Error('odd'), { status: 200, statusCode: '404' });
  },
  text: () => {
    throw 'only text';
  },
  nothing: () => Promise.reject(),
  object: () => {
    throw { reason: 'an object' };
  },
  cause: () => {
    throw new Error('above', { cause: new RangeError('below') });
  },
  several: () => Promise.any([Promise.reject(new Error('a')), Promise.reject(new Error('b'))]),
  evil: () => {
    const error = new Error('x');
    Object.defineProperty(error, 'message', {
      get: () => {
        throw new Error('evil');
      },
    });
    throw error;
  },
  hostile: () => {
    throw new Proxy(new Error('x'), {
      get: () => {
        throw new Error('hostile');
      },
    });
  },
  timer: () => {
    setTimeout(() => {
      throw new Error('in a timer');
    });
    return sleep(60_000);
  },
  stray: () => {
    void Promise.reject(new Error('stray'));
    return sleep(60_000);
  },
  strayLater: () => {
    void sleep(50).then(() => {
      throw new Error('after the answer');
    });
    return 'answered';
  },
  exit: () => process.exit(3),
  silent: (signal) => {
    signal.addEventListener('abort', () => {
      cancelled += 1;
    });
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  },
  cancelled: () => cancelled,
  busy: () => {
    const end = Date.now() + 300;
    while (Date.now() < end);
    return 'worked';
  },
  console: async () => {
    console.debug('a debug line');
    console.info('an info line', { deep: { er: [1, 2] } });
    console.warn('a warning');
    await sleep(1);
    console.error('an error\nin two lines');
    console.table([{ a: 1 }]);
    return 'said';
  },
};

export const perform = ({ name }: { name: string }, signal: AbortSignal) => TROUBLES[name]?.(signal);
