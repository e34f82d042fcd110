/** The types that flow from schemas into the functions of a job; a wrong one fails `npm run types`. */
import { callJob, defineJob, endpoint, requestContext } from 'racetrack';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

test('perform receives what the schema gives', () => {
  defineJob({
    input: z.object({ at: z.coerce.date(), limit: z.number().default(5) }),
    perform(input, signal) {
      expectTypeOf(input).toEqualTypeOf<{ at: Date; limit: number }>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return null;
    },
  });
  defineJob({
    perform(input) {
      expectTypeOf(input).toEqualTypeOf<unknown>();
    },
  });
});

test('perform returns what the schema takes', () => {
  const output = z.object({ sum: z.number() });
  defineJob({ output, perform: () => ({ sum: 1 }) });
  defineJob({ output, perform: async () => ({ sum: 1 }) });
  defineJob({ output, perform: async () => new Response('as it is') });
  // @ts-expect-error: a text is no number
  defineJob({ output, perform: () => ({ sum: 'one' }) });
  // @ts-expect-error: the example does not fit the input
  defineJob({ input: z.object({ a: z.number() }), perform: () => 1, docsInputExample: { a: 'x' } });
});

test('further endpoints have types of their own', () => {
  defineJob({
    auxiliaryEndpoints: {
      '/a': endpoint({
        method: 'GET',
        input: z.object({ of: z.coerce.number() }),
        handler: ({ of }) => {
          expectTypeOf(of).toEqualTypeOf<number>();
          return of;
        },
      }),
      '/b': (input: { name: string }) => input.name,
    },
  });
});

test('the rest of the package', () => {
  expectTypeOf(callJob<number>).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(requestContext()?.headers).toEqualTypeOf<Headers | undefined>();
});
