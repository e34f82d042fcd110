/** How many calls run and wait at once: limits, order, and what becomes of waiting calls when workers come and go. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Places } from '../../wrapper/runner.ts';
import type { Call } from '../../wrapper/worker/call.ts';
import { Gate } from '../../wrapper/worker/gate.ts';

/** A call that notes what happens to it. */
class FakeCall {
  readonly name: number;
  state: 'new' | 'running' | 'settled' | 'refused' = 'new';
  refusal: [string, string] | undefined;
  checks = 0;

  constructor(name: number) {
    this.name = name;
  }

  get settled(): boolean {
    return this.state === 'settled' || this.state === 'refused';
  }

  refuse(type: string, message: string): void {
    this.state = 'refused';
    this.refusal = [type, message];
  }

  check(): void {
    this.checks += 1;
  }
}

/** A gate before a pool whose only worker runs everything at once, and can be lost. */
function createGate(concurrency: number, queue: number) {
  const started: number[] = [];
  const pool = { state: 'ready', pick: () => (pool.state === 'ready' ? worker : undefined) };
  const worker = {
    call: (call: FakeCall) => {
      expect(call.settled).toBe(false);
      call.state = 'running';
      started.push(call.name);
    },
  };
  const gate = new Gate(pool as unknown as Places<Call>, { concurrency, queue });
  let count = 0;
  return {
    gate,
    pool,
    started,
    enter: () => {
      count += 1;
      const call = new FakeCall(count);
      gate.enter(call as unknown as Call);
      return call;
    },
    finish: (call: FakeCall) => {
      call.state = 'settled';
      gate.leave();
    },
  };
}

const states = (calls: readonly FakeCall[]) => calls.map((call) => call.state);

describe('limits', () => {
  test('one place and a queue of two: five calls at once give one running, two waiting, two refused', () => {
    const { gate, enter } = createGate(1, 2);
    const calls = [enter(), enter(), enter(), enter(), enter()];
    expect(states(calls)).toEqual(['running', 'new', 'new', 'refused', 'refused']);
    expect([gate.running, gate.waiting]).toEqual([1, 2]);
    expect(calls[4]?.refusal).toEqual([
      'JobBusy',
      'too many requests waiting in a queue. Job is set to process 1 requests concurrently with a queue of max size 2',
    ]);
  });

  test('a queue of none means no waiting', () => {
    const { enter, finish } = createGate(2, 0);
    const [one, two, three] = [enter(), enter(), enter()];
    expect(states([one, two, three])).toEqual(['running', 'running', 'refused']);
    finish(one);
    expect(enter().state).toBe('running');
  });

  test.each([
    [1, 0],
    [1, 1],
    [3, 0],
    [3, 5],
    [40, 10],
  ])('%i places and a queue of %i: a call is refused when (active + waiting) − places ≥ queue', (places, queue) => {
    const { gate, enter } = createGate(places, queue);
    for (let at = 0; at < places + queue; at += 1) {
      expect(gate.running + gate.waiting - places).toBeLessThan(queue);
      expect(enter().state).toBe(at < places ? 'running' : 'new');
    }
    expect(gate.running + gate.waiting - places).toBe(queue);
    expect(enter().state).toBe('refused');
  });

  test('a higher limit lets waiting calls in, a lower one lets running calls end', () => {
    const { gate, enter, finish, started } = createGate(1, 10);
    const calls = [enter(), enter(), enter(), enter()];
    gate.limits = { concurrency: 3, queue: 10 };
    gate.pump();
    expect(started).toEqual([1, 2, 3]);
    gate.limits = { concurrency: 1, queue: 10 };
    finish(calls[0] as FakeCall);
    finish(calls[1] as FakeCall);
    expect(started).toEqual([1, 2, 3]);
    finish(calls[2] as FakeCall);
    expect(started).toEqual([1, 2, 3, 4]);
  });
});

describe('order', () => {
  test('first come, first served, over hundreds of calls', () => {
    const { gate, enter, finish, started } = createGate(3, 1000);
    const calls = Array.from({ length: 500 }, enter);
    for (const call of calls) finish(call);
    expect(started).toEqual(calls.map((call) => call.name));
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  test('a newcomer does not overtake those that wait for a worker', () => {
    const { gate, pool, enter, started } = createGate(2, 10);
    pool.state = 'restarting';
    enter();
    enter();
    pool.state = 'ready';
    enter();
    expect(started).toEqual([]);
    gate.pump();
    expect(started).toEqual([1, 2]);
  });
});

describe('calls that are given up while they wait', () => {
  test('are skipped', () => {
    const { gate, enter, finish, started } = createGate(1, 10);
    const [one, two] = [enter(), enter()];
    enter();
    two.state = 'settled';
    finish(one);
    expect(started).toEqual([1, 3]);
    expect([gate.running, gate.waiting]).toEqual([1, 0]);
  });

  test('give their place in the queue back at the next check', () => {
    const { gate, enter } = createGate(1, 1);
    enter();
    const waiting = enter();
    waiting.state = 'settled';
    gate.check(0);
    expect(gate.waiting).toBe(0);
    expect(enter().state).toBe('new');
  });

  test('are asked at every check, running ones are not', () => {
    const { gate, enter } = createGate(1, 10);
    const [running, waiting] = [enter(), enter()];
    gate.check(0);
    gate.check(5);
    expect([running.checks, waiting.checks]).toEqual([0, 2]);
  });
});

describe('while no worker is there', () => {
  test('calls wait, within the limits, and start when one is back', () => {
    const { gate, pool, enter, started } = createGate(1, 1);
    pool.state = 'restarting';
    const calls = [enter(), enter(), enter()];
    expect(states(calls)).toEqual(['new', 'new', 'refused']);
    gate.pump();
    gate.check(100);
    expect(started).toEqual([]);
    pool.state = 'ready';
    gate.pump();
    expect(started).toEqual([1]);
  });

  test('calls are told to try again after ten seconds, not earlier', () => {
    const { gate, pool, enter } = createGate(1, 10);
    pool.state = 'restarting';
    const call = enter();
    gate.check(1000);
    gate.check(11_000);
    expect(call.state).toBe('new');
    gate.check(11_001);
    expect(call.refusal?.[0]).toBe('JobRestarting');
    expect(gate.waiting).toBe(0);
  });

  test('the ten seconds begin anew with each loss', () => {
    const { gate, pool, enter } = createGate(1, 10);
    pool.state = 'restarting';
    gate.check(1000);
    pool.state = 'ready';
    gate.check(9000);
    pool.state = 'restarting';
    const call = enter();
    gate.check(12_000);
    gate.check(21_000);
    expect(call.state).toBe('new');
    gate.check(22_001);
    expect(call.state).toBe('refused');
  });
});

test('whatever comes and goes: limits hold, nobody is forgotten, nobody runs twice', () => {
  const action = fc.constantFrom('enter', 'enter', 'finish', 'give up', 'lose', 'return', 'check');
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 200 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(4),
      (actions, places, queue) => {
        const { gate, pool, enter, finish, started } = createGate(places, queue);
        const calls: FakeCall[] = [];
        const all = (state: string) => calls.filter((call) => call.state === state);
        for (const each of actions) {
          if (each === 'enter') calls.push(enter());
          if (each === 'finish') for (const call of all('running').slice(0, 1)) finish(call);
          if (each === 'give up') for (const call of all('new').slice(-1)) call.state = 'settled';
          if (each === 'lose') pool.state = 'restarting';
          if (each === 'return') pool.state = 'ready';
          if (each === 'return') gate.pump();
          if (each === 'check') gate.check(1);
          expect(gate.running).toBe(all('running').length);
          expect(gate.running).toBeLessThanOrEqual(places);
          expect(gate.waiting).toBeLessThanOrEqual(places + queue);
          if (pool.state === 'ready' && gate.running < places) expect(all('new')).toEqual([]);
        }
        pool.state = 'ready';
        gate.pump();
        for (let running = all('running'); running.length > 0; running = all('running'))
          for (const call of running) finish(call);
        expect(all('new')).toEqual([]);
        expect(started).toEqual([...new Set(started)].sort((a, b) => a - b));
      },
    ),
  );
});
