/** Owns what a person may say about an examination: where the probe endpoints are, what is left out, which figures are allowed. */
import type { ProbeName } from './rule.ts';

/** A call whose effect is known. */
export interface Probe {
  /** The full path, such as `/api/v1/slow`. */
  readonly path: string;
  /** The JSON body. */
  readonly body: unknown;
}

export interface VerifySettings {
  readonly probes: Readonly<Partial<Record<ProbeName, Probe>>>;
  /** Of the generated bad inputs. */
  readonly seed: number;
  /** Generated bad inputs for each endpoint. */
  readonly inputs: number;
  readonly budgets: Budgets;
  /** Longest time of one rule, in milliseconds. */
  readonly ruleMs: number;
}

export interface Budgets {
  /** From the start of the program to its first good answer, in milliseconds. */
  readonly startMs?: number | undefined;
  /** Of all its processes after some calls, in bytes. */
  readonly memory?: number | undefined;
}

export const DEFAULT_SETTINGS: VerifySettings = { probes: {}, seed: 1, inputs: 60, budgets: {}, ruleMs: 60_000 };

/** Where probe endpoints are looked for in the OpenAPI document, and what they are sent. `perform` is sent its own example. */
export const CONVENTIONS: Readonly<Record<Exclude<ProbeName, 'perform'>, Probe>> = {
  slow: { path: '/api/v1/slow', body: { seconds: 2 } },
  stream: { path: '/api/v1/stream', body: { count: 1_200, size: 16, pause: 0.05 } },
  flood: { path: '/api/v1/stream', body: { count: 100_000, size: 16_384, pause: 0 } },
  fail: { path: '/api/v1/fail', body: {} },
  crash: { path: '/api/v1/crash', body: {} },
};
