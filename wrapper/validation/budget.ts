/** Owns how much work a check may do where it holds up everything else: what costs more is moved out of the way. */

/** Steps of some 10 ns: a check on the main thread ends within a few milliseconds. */
export const MAIN_THREAD_STEPS = 200_000;

/** Thrown in the middle of a check that turns out to be costly. */
export class TooCostly extends Error {
  override readonly name = 'TooCostly';
}

/** What the running check may still spend; compiled checks count it down. */
export const budget = {
  left: Number.POSITIVE_INFINITY,
  /** Takes steps off; throws {@link TooCostly} when none are left. */
  spend(steps: number): void {
    budget.left -= steps;
    if (budget.left < 0) throw new TooCostly();
  },
};
