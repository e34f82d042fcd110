/** The job that all languages share, with schemas of zod. What it is made of is said in test/contract/golden.json. */
import { defineJob, endpoint } from 'racetrack';
import * as z from 'zod';

const Level = z.enum(['low', 'high']).meta({ id: 'Level', description: 'How urgent it is.' });

const Item = z
  .object({
    name: z.string().min(1),
    count: z.int().default(1),
    price: z.number().nullable().optional(),
  })
  .meta({ id: 'Item', description: 'A thing to buy.' });

const Node = z
  .object({
    name: z.string(),
    get children() {
      return z.array(Node).nullable().optional();
    },
  })
  .meta({ id: 'Node', description: 'A tree of names.' });

const Summary = z
  .object({ total: z.number(), level: Level, items: z.array(Item), first: Item.nullable() })
  .meta({ id: 'Summary', description: 'What came of it.' });

const Input = z.object({
  code: z
    .string()
    .regex(/^[a-z]+$/)
    .max(8)
    .describe('Small letters.'),
  amount: z.int().min(0).max(100),
  ratio: z.number(),
  active: z.boolean(),
  tags: z.array(z.string()),
  scores: z.record(z.string(), z.int()),
  items: z.array(Item).max(100),
  level: Level,
  note: z.string().nullable(),
  mode: z.enum(['fast', 'slow']).default('fast'),
  label: z.string().optional(),
  hint: z.string().nullable().optional(),
  limit: z.int().default(10),
  grid: z.array(z.array(z.number())).optional(),
  tree: Node.optional(),
  either: z.union([z.int(), z.string()]).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  day: z.iso.date().optional(),
  extra: z.unknown().optional(),
});

export default defineJob({
  description: 'Adds everything up.',
  input: Input,
  output: Summary,
  perform: ({ amount, ratio, items, level }) => ({
    total: amount * ratio + items.reduce((sum, { count, price }) => sum + count * (price ?? 0), 0),
    level,
    items,
    first: items[0] ?? null,
  }),
  auxiliaryEndpoints: {
    '/greet': endpoint({
      description: 'Says hello.',
      input: z.object({ name: z.string().default('world') }),
      output: z.string(),
      handler: ({ name }) => `hello ${name}`,
    }),
    '/count': endpoint({
      description: 'Counts.',
      input: z.object({ upto: z.int().min(0).max(1000) }),
      output: z.int(),
      *handler({ upto }) {
        for (let number = 0; number < upto; number += 1) yield number;
      },
    }),
    '/store': endpoint({
      description: 'Tells how large a file is.',
      input: z.object({ file: z.file(), comment: z.string().optional() }),
      output: z.int(),
      handler: ({ file }) => file.size,
    }),
  },
});
