import { defineJob, endpoint } from 'racetrack';
import { z } from 'zod';

const Parcel = z
  .object({
    weight: z.number().positive().max(30).describe('Weight in kilograms.'),
    label: z.string().max(20).optional(),
  })
  .meta({ id: 'Parcel', description: 'What is sent.' });

const Order = z.object({
  parcels: z.array(Parcel).min(1),
  service: z.enum(['standard', 'express']).default('standard'),
  pickup: z.coerce.date().optional(),
});

const Quote = z.object({
  price: z.number().describe('In euros.'),
  weight: z.number(),
  /** Such as `Monday`. */
  day: z.string().optional(),
});

let quotes = 0;

export default defineJob({
  description: 'Says what an order costs.',
  input: Order,
  output: Quote,
  perform({ parcels, service, pickup }) {
    quotes += 1;
    const weight = parcels.reduce((sum, parcel) => sum + parcel.weight, 0);
    const price = (weight + 3) * (service === 'express' ? 2 : 1);
    const day = pickup?.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
    return { price, weight, ...(day !== undefined && { day }) };
  },
  docsInputExample: { parcels: [{ weight: 2 }], service: 'standard' },
  auxiliaryEndpoints: {
    '/parcels/{number}': endpoint({
      method: 'GET',
      description: 'Says where a parcel is.',
      input: z.object({ number: z.coerce.number().int(), verbose: z.stringbool().default(false) }),
      handler({ number, verbose }) {
        if (number > 1000) throw Object.assign(new Error(`there is no parcel ${number}`), { status: 404 });
        return verbose
          ? { number, station: 'sorted', stations: ['accepted', 'sorted'] }
          : { number, station: 'sorted' };
      },
    }),
  },
  metrics: () => [{ name: 'parcel_quotes', value: quotes, description: 'Quotes that were asked for' }],
});
