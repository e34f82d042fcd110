/** Adds numbers up. */
export function perform({ numbers }: { numbers: number[] }): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
