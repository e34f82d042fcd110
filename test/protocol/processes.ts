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
function readStat(pid: string): { state: string; group: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return { state: '', group: 0 };
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
