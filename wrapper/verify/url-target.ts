/** Owns targets that run already, somewhere: they can be asked, and nothing else. */
import type { KnownLimits, Target } from './target.ts';

export function urlTarget(address: string, limits: KnownLimits): Target {
  const subject = { address: address.replace(/\/$/, ''), process: undefined };
  return { kind: 'url', name: address, limits, controlled: false, start: async () => subject };
}
