/** Owns looking at processes from outside: whether one, or any member of its group, still runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Waits up to 5 s for the end of a process and of everything in its group. One that has ended but was not waited for counts as gone. */
export async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (!runs(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

function runs(pid: number): boolean {
  if (!existsSync('/proc/self/stat')) return isSignalled(pid) || isSignalled(-pid);
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const { state, group } = readStat(entry);
    return (Number(entry) === pid || group === pid) && state !== 'Z' && state !== 'X' && state !== '';
  });
}

/** The fields behind the name, which stands in brackets and may hold anything. */
function readStat(pid: string): { state: string; parent: number; group: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent), group: Number(group) };
  } catch {
    return { state: '', parent: 0, group: 0 };
  }
}

function isSignalled(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch {
    return false;
  }
}

/** Every process that descends from this one. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry)) parents.set(Number(entry), readStat(entry).parent);
  }
  const found: number[] = [pid];
  for (const each of found) {
    for (const [child, parent] of parents) if (parent === each) found.push(child);
  }
  return found.slice(1);
}

/** Every process that has this text, such as the path of a job, among its arguments. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && readArguments(entry).includes(text))
    .map(Number);
}

function readArguments(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
