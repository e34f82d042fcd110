import { defineJob, endpoint } from 'racetrack';
import { z } from 'zod';

const Address = z
  .object({ street: z.string(), next: z.number().int().optional() })
  .meta({ id: 'Address', description: 'Where somebody lives.' });

const Order = z.object({
  items: z.array(z.object({ sku: z.string().min(2), count: z.int().min(1).default(1) })).min(1),
  to: Address,
  when: z.iso.datetime().optional(),
  note: z.string().nullable().describe('For the courier.'),
  pair: z.tuple([z.string(), z.number()]).optional(),
  kind: z.enum(['gift', 'plain']).default('plain'),
});

/** A custom schema of no library, which validates later. */
const Even = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: async (value: unknown) =>
      typeof value === 'number' && value % 2 === 0 ? { value: value / 2 } : { issues: [{ message: 'not even' }] },
  },
};

export default defineJob({
  description: 'Takes orders.',
  input: Order,
  output: z.object({ count: z.int(), street: z.string() }),
  perform: ({ items, to }) => ({
    count: items.reduce((sum, { count }) => sum + count, 0),
    street: to.street === 'wrong' ? (5 as unknown as string) : to.street,
  }),
  docsInputExample: { items: [{ sku: 'ab' }], to: { street: 'Long Road' }, note: null },
  auxiliaryEndpoints: {
    '/root': endpoint({
      method: 'GET',
      input: z.object({ of: z.coerce.number().min(0).describe('A number.') }),
      handler: ({ of }) => Math.sqrt(of),
      options: { tags: ['arithmetic'], summary: 'Square root' },
      description: 'The square root.',
    }),
    '/users/{id}': endpoint({
      method: 'GET',
      input: z.object({ id: z.coerce.number().int(), verbose: z.stringbool().optional() }),
      handler: (input) => input,
    }),
    '/half': endpoint({ input: Even, handler: (half) => half }),
    '/numbers': endpoint({ input: z.array(z.number()), handler: (numbers) => numbers.length, example: [1, 2] }),
    '/upload': endpoint({
      input: z.object({ title: z.string(), photo: z.file().max(100) }),
      handler: async ({ title, photo }) => `${title}: ${await photo.text()}`,
    }),
    '/squares': endpoint({
      input: z.object({ limit: z.int() }),
      output: z.object({ square: z.int() }),
      handler: function* ({ limit }) {
        for (let each = 1; each <= limit; each += 1) yield { square: each === 3 ? 0.5 : each * each, more: 1 };
      },
    }),
  },
});
