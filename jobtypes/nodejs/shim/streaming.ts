/** Owns answers made of many items: a JSON array for ordinary callers, NDJSON or server-sent events for those who ask. */
import type { Call } from './call.ts';
import type { Connection } from './connection.ts';
import { encode } from './encode.ts';
import { failureOf } from './failures.ts';
import { checkOutput } from './schema-check.ts';
import { Breather, OutgoingStream } from './streams.ts';

export type Items = Iterator<unknown> | AsyncIterator<unknown>;

const EVENTS = 'text/event-stream';
const NDJSON = 'application/x-ndjson';
const LINES = new Set([NDJSON, 'application/jsonl', 'application/x-jsonlines']);
const PLAIN = new Set(['*/*', 'application/json', 'application/*']);

/** Whether a result is a generator, or anything else that gives its items one by one. */
export const isItems = (value: object): value is Items =>
  typeof (value as Items).next === 'function' && (Symbol.iterator in value || Symbol.asyncIterator in value);

/** The streamed form that the caller asks for, undefined for plain JSON. */
export function negotiate(accept: string): string | undefined {
  for (const choice of accept.split(',')) {
    const name = (choice.split(';')[0] as string).trim().toLowerCase();
    if (name === EVENTS) return EVENTS;
    if (LINES.has(name)) return NDJSON;
    if (PLAIN.has(name)) return undefined;
  }
  return undefined;
}

/** The JSON array of all items. */
export async function gather(call: Call, items: Items): Promise<string> {
  const texts: string[] = [];
  const breather = new Breather();
  await consume(call, items, (text) => {
    texts.push(text);
    return breather.rest();
  });
  return `[${texts.join(',')}]`;
}

/** Sends the items as they come. A failure before the first one rejects; a later one ends the stream with it. */
export async function sendItems(
  items: Items,
  { connection, call, mediaType }: { connection: Connection; call: Call; mediaType: string },
): Promise<void> {
  const events = mediaType === EVENTS;
  const stream = new OutgoingStream(connection, call, { mediaType, headers: ['cache-control', 'no-cache'] });
  try {
    await consume(call, items, (text) => {
      stream.put(Buffer.from(events ? `data: ${text}\n\n` : `${text}\n`));
      return stream.room();
    });
    if (events) stream.put(Buffer.from('event: end\ndata:\n\n'));
    stream.end();
  } catch (error) {
    if (!stream.begun) throw error;
    const { meta, body } = failureOf(error);
    stream.put(Buffer.from(events ? `event: error\ndata: ${body}\n\n` : `${body}\n`));
    stream.end({ ...meta, inBand: true });
  }
}

/** Hands over each item until there are no more or the caller has left; then the generator's `finally` blocks run. */
async function consume(call: Call, items: Items, take: (text: string) => Promise<void> | undefined): Promise<void> {
  const { output } = call.endpoint;
  let open = true;
  try {
    while (!call.cancelled) {
      open = false; // a generator that throws has ended
      const next = items.next();
      const step = next instanceof Promise ? await call.orLeft(next) : next;
      if (step?.done) return;
      open = true;
      if (step === undefined) return;
      const pause = take(encode(output === undefined ? step.value : await checkOutput(output, step.value)));
      if (pause) await call.orLeft(pause);
    }
  } finally {
    if (open) close(items);
  }
}

/** Not awaited: a generator that waits for something else ends when that has come. */
function close(items: Items): void {
  try {
    const closed = items.return?.();
    if (closed instanceof Promise) closed.catch(() => undefined);
  } catch {
    // Nobody waits for this call any more.
  }
}
