/** Owns what a rule has at hand while it is applied. */
import type { OpenApiDocument } from './openapi-document.ts';
import type { ProbeName } from './rule.ts';
import type { Probe, VerifySettings } from './settings.ts';
import type { KnownLimits, Subject, SubjectProcess } from './target.ts';

/** A subject whose processes can be stopped and looked at. */
export type Controlled = Subject & { readonly process: SubjectProcess };

export interface Trial {
  readonly settings: VerifySettings;
  readonly limits: KnownLimits;
  /** The address of the subject that rules share; it is ready. */
  readonly address: string;
  /** That subject's processes, for rules that need `process`. */
  readonly process: SubjectProcess;
  /** From the start of that subject to its first readiness, in milliseconds. */
  readonly startMs: number;
  /** Starts a further subject for this rule alone; it is ended afterwards. */
  start(order?: { readonly env?: Readonly<Record<string, string>>; readonly ready?: boolean }): Promise<Controlled>;
  /** Its OpenAPI document; rejects when it has none. */
  openApi(): Promise<OpenApiDocument>;
  /** Whether `perform` answers its example: only then it tells that the target is well. */
  readonly performs: boolean;
  /** The probe that the rule needs. */
  probe(name: ProbeName): Probe;
  /** The paths of these probes, as far as they are known: what they do on purpose would look like a mistake to some rules. */
  paths(...names: readonly ProbeName[]): ReadonlySet<string>;
}
