interface Input {
  /** What is added up. */
  numbers: number[];
}

/** Adds numbers up. */
export function perform({ numbers }: Input): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

export const docsInputExample: Input = { numbers: [40, 2] };

/** Called at `/api/v1/mean`, as `perform` is. */
function mean({ numbers }: Input): number {
  if (numbers.length === 0) throw Object.assign(new RangeError('there is no mean of nothing'), { status: 400 });
  return perform({ numbers }) / numbers.length;
}

/** Tells each sum on the way, as it comes to it. */
async function* sums({ numbers }: Input): AsyncGenerator<number> {
  for (let count = 1; count <= numbers.length; count += 1) yield perform({ numbers: numbers.slice(0, count) });
}

export const auxiliaryEndpoints = { '/mean': mean, '/sums': sums };
