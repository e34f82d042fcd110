/** The job that all languages share, with plain types. What it is made of is said in test/contract/golden.json. */

/** How urgent it is. */
enum Level {
  Low = 'low',
  High = 'high',
}

/** A thing to buy. */
interface Item {
  /** @minLength 1 */
  name: string;
  /**
   * @asType integer
   * @default 1
   */
  count?: number;
  price?: number | null;
}

/** A tree of names. */
interface Node {
  name: string;
  children?: Node[] | null;
}

/** What came of it. */
interface Summary {
  total: number;
  level: Level;
  items: Item[];
  first: Item | null;
}

interface Input {
  /**
   * Small letters.
   * @maxLength 8
   * @pattern ^[a-z]+$
   */
  code: string;
  /**
   * @asType integer
   * @minimum 0
   * @maximum 100
   */
  amount: number;
  ratio: number;
  active: boolean;
  tags: string[];
  scores: Record<string, bigint>;
  /** @maxItems 100 */
  items: Item[];
  level: Level;
  note: string | null;
  /** @default fast */
  mode?: 'fast' | 'slow';
  label?: string;
  hint?: string | null;
  /**
   * @asType integer
   * @default 10
   */
  limit?: number;
  grid?: number[][];
  tree?: Node;
  either?: bigint | string;
  at?: Date;
  /** @format date */
  day?: string;
  extra?: unknown;
}

/** Adds everything up. */
export function perform({ amount, ratio, items, level }: Input): Summary {
  const total = amount * ratio + items.reduce((sum, { count = 1, price }) => sum + count * (price ?? 0), 0);
  return { total, level, items: items.map((item) => ({ count: 1, ...item })), first: items[0] ?? null };
}

interface Upto {
  /**
   * @asType integer
   * @minimum 0
   * @maximum 1000
   */
  upto: number;
}

interface Stored {
  file: File;
  comment?: string;
}

/** Says hello. */
function greet({
  name = 'world',
}: {
  /** @default world */
  name?: string;
}): string {
  return `hello ${name}`;
}

/** Counts. */
function* count({ upto }: Upto): Generator<bigint> {
  for (let number = 0n; number < upto; number += 1n) yield number;
}

/**
 * Tells how large a file is.
 * @returns bytes
 */
function store({ file }: Stored): bigint {
  return BigInt(file.size);
}

export const auxiliaryEndpoints = { '/count': count, '/greet': greet, '/store': store };
