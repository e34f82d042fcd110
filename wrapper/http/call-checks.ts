/** Owns the checks that a call passes before and after the job's code: which there are, and what becomes of what does not pass. */
import type { CheckSettings } from '../config.ts';
import type { Logger } from '../core/log.ts';
import type { JobMetrics } from '../metrics.ts';
import type { JobDescription } from '../protocol/messages.ts';
import type { ThreadVerdict } from '../validation/check-thread.ts';
import type { JobChecks } from '../validation/checks.ts';
import type { PartName } from '../validation/plan.ts';
import { type Refusal, summaryOf } from '../validation/verdict.ts';
import type { HttpCall } from './http-call.ts';

/** Distinct mistakes of results that are logged: a job that makes more has told enough. */
const MAX_LOGGED = 100;

/** Whether a job wants any check: most do not, and pay for nothing. */
export const wantsChecks = ({ endpoints }: JobDescription, { validate, validateOutput }: CheckSettings): boolean =>
  validateOutput !== undefined || (validate ?? endpoints.some((endpoint) => endpoint.validate));

/** Says that a result may leave, or what is wrong with it. */
export type ResultAnswer = (mistake: string | undefined) => void;

export class CallChecks {
  readonly #description: JobDescription;
  readonly #parts: { readonly logger: Logger; readonly metrics: JobMetrics };
  readonly #settings: CheckSettings;
  readonly #loading: Promise<JobChecks>;
  readonly #logged = new Set<string>();
  #loaded: JobChecks | undefined;

  constructor(
    description: JobDescription,
    parts: { readonly logger: Logger; readonly metrics: JobMetrics },
    settings: CheckSettings,
  ) {
    this.#description = description;
    this.#parts = parts;
    this.#settings = settings;
    this.#loading = this.#load();
  }

  /** Looks at the input of a call; answers the call when it is wrong. `then` is told whether it may go on. */
  admit(call: HttpCall, then: (admitted: boolean) => void): void {
    this.#withChecks((checks) => {
      const name: PartName = `input ${call.endpoint}`;
      if (!checks.has(name)) return then(true);
      const body = { pieces: call.body, file: call.bodyFile };
      const done = (verdict: ThreadVerdict) => {
        if (verdict === 'unavailable') call.refuse('JobBusy', 'too many large bodies wait to be checked');
        else if (verdict !== undefined) call.reject(verdict);
        then(verdict === undefined);
      };
      if (call.flags !== 0) done(checks.refuseRaw(body));
      else checks.check(name, body, done);
    });
  }

  /** Looks at a result. Undefined when results are not checked at all. */
  get result(): ((call: HttpCall, body: Buffer, answer: ResultAnswer) => void) | undefined {
    if (this.#settings.validateOutput === undefined) return undefined;
    return (call, body, answer) =>
      this.#withChecks((checks) => {
        const name: PartName = `result ${call.endpoint}`;
        if (!checks.has(name)) return answer(undefined);
        checks.check(name, { pieces: [body], file: undefined }, (verdict) => {
          if (verdict === undefined) answer(undefined);
          else if (verdict !== 'unavailable') answer(this.#blame(call, verdict));
          else answer(this.#fails ? 'the result is large, and too many others wait to be checked' : undefined);
        });
      });
  }

  /** Ends what runs for the checks; those under way are told that they cannot be finished. */
  async stop(): Promise<void> {
    (await this.#loading).stop();
  }

  get #fails(): boolean {
    return this.#settings.validateOutput === 'fail';
  }

  async #load(): Promise<JobChecks> {
    const [{ JobChecks }, { planChecks }] = await Promise.all([
      import('../validation/checks.ts'),
      import('../validation/plan.ts'),
    ]);
    const plan = planChecks(this.#description, this.#settings);
    this.#loaded = new JobChecks(plan, (name, reason) => {
      const [what, number] = name.split(' ');
      const { path } = this.#description.endpoints[Number(number)] ?? {};
      this.#parts.logger.log('WARNING', `the ${what} of ${path} is not checked, its schema cannot be used: ${reason}`);
    });
    return this.#loaded;
  }

  #withChecks(use: (checks: JobChecks) => void): void {
    if (this.#loaded) use(this.#loaded);
    else void this.#loading.then(use);
  }

  /** Counts and, once for each distinct mistake, logs a wrong result; the mistake, if it is to reach the caller. */
  #blame(call: HttpCall, refusal: Refusal): string | undefined {
    const path = this.#description.endpoints[call.endpoint]?.path ?? '';
    const mistake = `the result does not have the declared form: ${summaryOf(refusal)}`;
    this.#parts.metrics.resultWasInvalid(path);
    if (this.#fails) return mistake;
    const kind = [path, ...refusal.rows.map(({ type, pointer }) => type + pointer.replaceAll(/\d+/g, '#'))].join(' ');
    if (!this.#logged.has(kind) && this.#logged.size < MAX_LOGGED) {
      this.#logged.add(kind);
      this.#parts.logger.log('WARNING', `${path}: ${mistake}`);
    }
    return undefined;
  }
}
