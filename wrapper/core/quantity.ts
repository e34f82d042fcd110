/** Owns amounts of memory and processor time, as manifests write them: `256Mi`, `500m`, `2`. */
import { UserError } from './errors.ts';

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  p: 1e-12,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^(?<amount>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?<suffix>[EPTGM]i?|Ki|[kmunp])?$/;

/** The amount in bytes or processors. */
export function parseQuantity(quantity: string | number): number {
  const text = String(quantity);
  const match = text.length > 64 ? null : QUANTITY.exec(text);
  const amount = Number(match?.groups?.amount) * (FACTORS[match?.groups?.suffix ?? ''] ?? Number.NaN);
  if (Number.isFinite(amount)) return amount;
  throw new UserError(`not a quantity: ${JSON.stringify(text.slice(0, 64))}`, {
    hint: 'write a number and a unit, such as 512Mi, 2G or 500m',
  });
}

export function isQuantity(quantity: string | number): boolean {
  try {
    parseQuantity(quantity);
    return true;
  } catch {
    return false;
  }
}
