/** Owns running calls: each in its own context, from its input to its answer. */
import { FrameType } from '../../../wrapper/protocol/frame.ts';
import { requests } from '../sdk/request-context.ts';
import type { Call } from './call.ts';
import type { Connection } from './connection.ts';
import { encode } from './encode.ts';
import { failureOf } from './failures.ts';
import { readInput } from './input.ts';
import { bytesReply, sendBytes } from './reply.ts';
import { checkOutput } from './schema-check.ts';
import { gather, type Items, isItems, negotiate, sendItems } from './streaming.ts';

export class Calls {
  readonly #connection: Connection;
  readonly #running = new Map<number, Call>();
  #onIdle: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The running call of this id. */
  find(id: number): Call | undefined {
    return this.#running.get(id);
  }

  run(call: Call): void {
    this.#running.set(call.id, call);
    requests.run(call, start, this, call);
  }

  /** Fails a call from outside of its function; false when it has been answered already. */
  interrupt(call: Call, error: unknown): boolean {
    if (call.answered) return false;
    if (call.streaming) call.interrupt(error);
    else this.fail(call, error);
    return true;
  }

  /** Answers a call with what was thrown; one that has been answered already is left alone. */
  fail(call: Call, error: unknown): void {
    if (call.answered) return;
    const { meta, body } = failureOf(error);
    this.#connection.send(FrameType.error, call.id, { meta: JSON.stringify(meta), body: [Buffer.from(body)] });
    this.#done(call);
  }

  /** Resolves when no call runs. */
  idle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Calls the job's function; whatever comes of it is answered, now or later. */
  start(call: Call): void {
    try {
      const input = readInput(call);
      if (isThenable(input)) {
        input.then((value) => this.#invoke(call, value)).then(undefined, (error: unknown) => this.fail(call, error));
      } else this.#invoke(call, input);
    } catch (error) {
      this.fail(call, error);
    }
  }

  #invoke(call: Call, input: unknown): void {
    const { handler, self, takesSignal } = call.endpoint;
    const value = takesSignal ? handler.call(self, input, call.signal) : handler.call(self, input);
    if (isThenable(value)) this.#settleLater(call, value);
    else this.#settle(call, value);
  }

  #settleLater(call: Call, value: Promise<unknown>): void {
    value.then((result) => this.#settle(call, result)).then(undefined, (error: unknown) => this.fail(call, error));
  }

  /** Answers with what the function has returned. */
  #settle(call: Call, value: unknown): void {
    if (call.answered) return;
    const work = this.#answer(call, value);
    if (work === undefined) this.#done(call);
    else {
      work.then(
        () => this.#done(call),
        (error: unknown) => this.fail(call, error),
      );
    }
  }

  /** A promise when sending the answer takes a while. */
  #answer(call: Call, value: unknown): Promise<void> | undefined {
    if (typeof value === 'object' && value !== null) {
      if (isItems(value)) return this.#stream(call, value);
      const reply = bytesReply(value);
      if (reply) return sendBytes(this.#connection, call, reply);
    }
    const { output } = call.endpoint;
    const checked = output === undefined ? value : checkOutput(output, value);
    if (isThenable(checked)) return checked.then((result) => this.#sendJson(call, encode(result)));
    this.#sendJson(call, encode(checked));
    return undefined;
  }

  async #stream(call: Call, items: Items): Promise<void> {
    const mediaType = negotiate(call.header('accept') ?? '');
    if (mediaType === undefined) this.#sendJson(call, await gather(call, items));
    else await sendItems(items, { connection: this.#connection, call, mediaType });
  }

  #sendJson(call: Call, text: string): void {
    if (!call.answered) this.#connection.send(FrameType.result, call.id, { body: [Buffer.from(text)] });
  }

  #done(call: Call): void {
    if (call.answered) return;
    call.answered = true;
    call.onDone?.();
    this.#running.delete(call.id);
    if (this.#running.size === 0) this.#onIdle?.();
  }
}

const isThenable = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function';

/** A function of its own, so that starting a call makes no closure. */
function start(calls: Calls, call: Call): void {
  calls.start(call);
}
