import { Readable } from 'node:stream';
import { file, requestContext } from 'racetrack';

class Point {
  readonly x = 1;
  #secret = 2;
  get secret() {
    return this.#secret;
  }
}

const circle: Record<string, unknown> = {};
circle.again = circle;

/** What the test asks for, by name. */
const RESULTS: Record<string, () => unknown> = {
  nothing: () => undefined,
  null: () => null,
  text: () => 'grüß dich \u2028 \ud83d\ude00',
  number: () => -0,
  nan: () => NaN,
  infinity: () => [Infinity, { a: -Infinity }],
  bigint: () => [10n, 2n ** 70n],
  date: () => ({ at: new Date(Date.UTC(2020, 0, 2)) }),
  map: () => new Map<unknown, unknown>([['a', new Set([1, new Map([[2, 3]])])]]),
  bytesInside: () => ({ a: new Uint8Array([1, 2, 3]), b: Buffer.from('x'), c: new Uint8Array([9]).buffer }),
  floats: () => [new Float64Array([1.5, NaN]), new BigInt64Array([7n])],
  instance: () => new Point(),
  error: () => [new TypeError('inside')],
  holes: () => [undefined, () => 1, Symbol('s'), { a: undefined, b: () => 1 }],
  toJSON: () => ({ toJSON: () => ({ shown: true }) }),
  circle: () => circle,
  promise: () => Promise.resolve(new Map([['later', 1]])),
  // biome-ignore lint/suspicious/noThenProperty: jobs may return promises of other libraries
  thenable: () => ({ then: (resolve: (value: unknown) => void) => resolve('thenable') }),
  buffer: () => Buffer.from([0, 255, 1]),
  blob: () => new Blob(['blob'], { type: 'text/plain' }),
  file: () => new File(['a,b'], 'tä"ble.csv', { type: 'text/csv' }),
  helper: () => file('<p>hi</p>', { mediaType: 'text/html', name: 'page.html' }),
  helperStream: () => file(Readable.from([Buffer.from('one '), Buffer.from('two')]), { mediaType: 'text/plain' }),
  response: () => new Response('made', { status: 201, headers: { 'x-own': '1', 'content-type': 'text/plain' } }),
  empty: () => new Response(null, { status: 204 }),
  json: () => Response.json({ a: 1 }, { status: 202 }),
  webStream: () => new Blob(['web stream']).stream(),
  nodeStream: () => Readable.from(['node ', 'stream']),
  brokenStream: () =>
    Readable.from(
      (function* () {
        yield 'x'.repeat(20_000);
        throw new Error('broken off');
      })(),
    ),
  context: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { method, path, query, headers, tracingId, caller, client, deadline, signal } = requestContext() ?? raise();
    const rest = { tracingId, caller, client, deadline: typeof deadline, aborted: signal.aborted };
    return { method, path, query: [...query], accept: headers.get('accept'), ...rest };
  },
};

function raise(): never {
  throw new Error('there is no request');
}

export function perform({ name }: { name: string }) {
  return (RESULTS[name] ?? raise)();
}
