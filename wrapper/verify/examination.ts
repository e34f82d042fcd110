/** Owns applying rules to one target: the subject that they share, those that they start for themselves, and what comes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import { OpenApiDocument } from './openapi-document.ts';
import { CAN_LOOK } from './process-tree.ts';
import { untilReady } from './readiness.ts';
import { ask } from './request.ts';
import { Deviation, type Need, NotApplicable, type ProbeName, type Rule } from './rule.ts';
import { CONVENTIONS, type Probe, type VerifySettings } from './settings.ts';
import type { Subject, Target } from './target.ts';
import type { Controlled, Trial } from './trial.ts';

/** What came of one rule. */
export interface RuleResult {
  readonly rule: Rule;
  readonly outcome: 'passed' | 'failed' | 'not applicable' | 'skipped';
  /** What was to come and what came, when it failed. */
  readonly expected?: string;
  readonly came?: string;
  /** Why it was not applied. */
  readonly reason?: string;
  /** What there is to tell when it passed. */
  readonly remark?: string;
  readonly figures?: Readonly<Record<string, number>>;
  readonly milliseconds: number;
}

/** Set for every subject, so that its log can be read. */
const ENVIRONMENT = { LOG_STRUCTURED: 'true', LOG_CALLER_NAME: 'true', LOG_LEVEL: 'debug' };
const READY_LIMIT_MS = 60_000;
/** What runs already is ready, or not. */
const ANSWER_LIMIT_MS = 5_000;

interface Shared {
  readonly subject: Subject;
  readonly startMs: number;
  readonly document: OpenApiDocument | undefined;
  readonly documentProblem: unknown;
  readonly performs: boolean;
}

export class Examination {
  readonly #target: Target;
  readonly #settings: VerifySettings;
  #shared: Shared | undefined;
  readonly #running = new Set<Subject>();
  /** A rule has failed: what it has left behind must not be taken for a fault against the next one. */
  #spoilt = false;

  constructor(target: Target, settings: VerifySettings) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Starts the subject that rules share. Rejects with a UserError when it cannot be examined at all. */
  async begin(): Promise<void> {
    const before = performance.now();
    const subject = await this.#start({});
    await untilReady(subject, subject.process ? READY_LIMIT_MS : ANSWER_LIMIT_MS);
    const startMs = performance.now() - before;
    const read = await readDocument(subject.address);
    const perform = this.#findProbe('perform', read.document);
    this.#shared = {
      subject,
      startMs,
      ...read,
      performs: perform !== undefined && (await works(subject.address, perform)),
    };
  }

  /** Applies one rule, within its own limit and that of all; never rejects. */
  async apply(rule: Rule, leftMs = Number.POSITIVE_INFINITY): Promise<RuleResult> {
    const before = performance.now();
    const done = (rest: Omit<RuleResult, 'rule' | 'milliseconds'>): RuleResult => ({
      rule,
      ...rest,
      milliseconds: Math.round(performance.now() - before),
    });
    try {
      await this.#revive();
      for (const need of rule.needs ?? []) this.#require(need);
      const remark = await this.#limited(rule, Math.min(leftMs, this.#settings.ruleMs));
      return done({ outcome: 'passed', ...(remark && { remark: remark.text, figures: remark.figures ?? {} }) });
    } catch (error) {
      if (error instanceof NotApplicable) return done({ outcome: 'not applicable', reason: error.message });
      this.#spoilt = true;
      const { expected, came } = error instanceof Deviation ? error : { expected: rule.title, came: messageOf(error) };
      return done({ outcome: 'failed', expected, came });
    } finally {
      await this.#endAll((subject) => subject !== this.#shared?.subject);
    }
  }

  /** Ends everything that was started. */
  async end(): Promise<void> {
    await this.#endAll(() => true);
  }

  async #endAll(which: (subject: Subject) => boolean): Promise<void> {
    const ending = [...this.#running].filter(which);
    for (const subject of ending) this.#running.delete(subject);
    await Promise.all(ending.map((subject) => subject.process?.destroy()));
  }

  async #start(env: Readonly<Record<string, string>>): Promise<Subject> {
    const subject = await this.#target.start({ ...ENVIRONMENT, ...env });
    this.#running.add(subject);
    return subject;
  }

  async #revive(): Promise<void> {
    if (this.#shared && !this.#spoilt && !this.#shared.subject.process?.ending) return;
    await this.#endAll(() => true);
    await this.begin();
    this.#spoilt = false;
  }

  async #limited(rule: Rule, limitMs: number): ReturnType<Rule['run']> {
    const timer = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
      throw new Deviation(rule.title, `no verdict within ${Math.ceil(limitMs / 1000)} s`);
    });
    limit.catch(() => {}); // when the rule is faster
    try {
      return await Promise.race([rule.run(this.#trial()), limit]);
    } finally {
      timer.abort();
    }
  }

  #require(need: Need): void {
    const { kind, controlled, limits } = this.#target;
    if (need === 'process') {
      if (!controlled)
        throw new NotApplicable(
          `there is no power over the processes behind ${kind === 'url' ? 'a URL' : `this ${kind}`}`,
        );
      if (!CAN_LOOK) throw new NotApplicable('processes can be looked at on Linux only');
    } else if (need === 'limits') {
      if (limits.calls === undefined)
        throw new NotApplicable('it is not known how many calls it takes at once: say it with --calls');
    } else if (!this.#findProbe(need, this.#shared?.document)) {
      throw new NotApplicable(`no endpoint for "${need}" is known, see docs/verify.md#probe-endpoints`);
    } else if (need === 'perform' && !this.#shared?.performs) {
      throw new NotApplicable('perform does not answer its example: see the rule "perform"');
    }
  }

  #findProbe(name: ProbeName, document: OpenApiDocument | undefined): Probe | undefined {
    const given = this.#settings.probes[name];
    if (given) return given;
    if (name === 'perform') {
      const operation = document?.find('POST', '/api/v1/perform');
      return operation && { path: operation.path, body: operation.example ?? {} };
    }
    const probe = CONVENTIONS[name];
    return document?.find('POST', probe.path) && probe;
  }

  #trial(): Trial {
    const shared = this.#shared as Shared;
    const found = (name: ProbeName) => this.#findProbe(name, shared.document);
    return {
      settings: this.#settings,
      limits: this.#target.limits,
      address: shared.subject.address,
      process: shared.subject.process as Controlled['process'],
      startMs: shared.startMs,
      start: async ({ env = {}, ready = true } = {}) => {
        const subject = await this.#start(env);
        if (ready) await untilReady(subject, READY_LIMIT_MS);
        return subject as Controlled;
      },
      openApi: async () => {
        if (shared.document) return shared.document;
        throw shared.documentProblem;
      },
      performs: shared.performs,
      probe: (name) => found(name) as Probe,
      paths: (...names) => new Set(names.flatMap((name) => found(name)?.path ?? [])),
    };
  }
}

async function readDocument(address: string): Promise<Pick<Shared, 'document' | 'documentProblem'>> {
  try {
    const answer = await ask(address, { path: '/openapi.json' });
    if (answer.status !== 200)
      throw new Deviation('GET /openapi.json answers 200 with the OpenAPI document', `status ${answer.status}`);
    return { document: new OpenApiDocument(JSON.parse(answer.body)), documentProblem: undefined };
  } catch (error) {
    return { document: undefined, documentProblem: error };
  }
}

async function works(address: string, perform: Probe): Promise<boolean> {
  const answer = await ask(address, perform).catch(() => undefined);
  return answer !== undefined && answer.status >= 200 && answer.status < 300;
}
