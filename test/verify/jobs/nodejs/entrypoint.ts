/** A job whose endpoints do what the rules of `verify` want to see. */
import { setTimeout as sleep } from 'node:timers/promises';

const START = process.env.RACETRACK_VERIFY_START;

export default class VerifyJob {
  docsInputExamples = {
    '/perform': { numbers: [40, 2] },
    '/slow': { seconds: 0.01 },
    '/stream': { count: 3, size: 8, pause: 0.01 },
  };

  constructor() {
    if (START === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    if (START === 'fail') throw new Error('told to fail');
  }

  /** Add the numbers up. */
  perform({ numbers }: { numbers: number[] }): number {
    if (!Array.isArray(numbers)) throw refusal('numbers must be a list');
    const total = numbers.reduce((sum, number) => sum + number, 0);
    if (!Number.isFinite(total)) throw refusal('the sum is no number, or out of range');
    return total;
  }

  auxiliaryEndpoints() {
    return { '/slow': this.slow, '/stream': this.stream, '/fail': this.fail, '/crash': this.crash };
  }

  /** Take so many seconds. */
  async slow({ seconds }: { seconds: number }): Promise<number> {
    await sleep(seconds * 1_000);
    return seconds;
  }

  /** Yield so many texts of this size, with a pause in seconds after each. */
  async *stream({ count, size, pause }: { count: number; size: number; pause: number }): AsyncGenerator<string> {
    for (let item = 0; item < count; item += 1) {
      yield 'x'.repeat(size);
      await sleep(pause * 1_000);
    }
  }

  /** Throw an error. */
  fail(): void {
    throw new Error('told to fail');
  }

  /** End the process. */
  crash(): void {
    process.exit(3);
  }
}

const refusal = (message: string): Error => Object.assign(new Error(message), { status: 400 });
