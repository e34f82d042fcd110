/** Owns the labels by which what a wrapper has left behind is found again. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** On images: the Dockerfile that they were built from. */
export const BUILT_FROM = 'racetrack.wrapper.built-from';
/** On containers: the process that they belong to. */
export const OWNER = 'racetrack.wrapper.owner';

/** This process, as no other one on this machine was or will be called. */
export const owner = (): string => `${hostname()} ${process.pid} ${startOf(process.pid)}`;

/** Whether the process that a label names has ended. One of another machine cannot be judged, so it has not. */
export function isOrphaned(label: string): boolean {
  const [host, pid, start] = label.split(' ');
  return host === hostname() && startOf(Number(pid)) !== start;
}

/** When a process was started, in the system's own units; `gone` when there is none, `unknown` where the system does not tell. */
function startOf(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
