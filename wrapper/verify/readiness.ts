/** Owns waiting until a target that has been started can be called. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import type { RawAnswer } from './raw-client.ts';
import { ask } from './request.ts';
import type { Subject } from './target.ts';

const POLL_MS = 20;

/** A program that knows no `/ready` counts as ready when it answers at all. Rejects when it fails, ends, or takes longer than the limit. */
export async function untilReady(subject: Subject, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await look(subject.address, '/ready');
    if (answer && answer.status < 500) return;
    if (subject.process?.ending) throw stillborn(subject, 'ended before it was ready');
    if (answer) await throwOnFailedStart(subject);
    if (Date.now() > deadline) throw stillborn(subject, `was not ready within ${limitMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** The answer of a probe; undefined while nothing listens. */
export async function look(address: string, path: string): Promise<RawAnswer | undefined> {
  try {
    return await ask(address, { path, limitMs: 5_000 });
  } catch {
    return undefined;
  }
}

async function throwOnFailedStart(subject: Subject): Promise<void> {
  const live = await look(subject.address, '/live');
  if (live && live.status >= 500) throw stillborn(subject, `failed to start: ${live.body}`);
}

function stillborn({ address, process }: Subject, what: string): UserError {
  const words = process?.lastWords();
  return new UserError(`the target at ${address} ${what}${words ? `\n\n${words}\n` : ''}`, {
    hint: process ? 'start it by hand first and look at its output' : 'is the address right, and does the job run?',
  });
}
