/** Owns what /proc tells about a process and everything below it: who is there, the CPU time used, the memory held. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock. */
const TICK_MICROSECONDS = 10_000;

/** The process and all its descendants, each as `{ pid, started }`; `started` tells a reused number apart. */
export function processTree(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat)
    .filter(Boolean);
  const tree = all.filter(({ pid }) => pid === root);
  for (let index = 0; index < tree.length; index += 1) {
    tree.push(...all.filter(({ parent }) => parent === tree[index].pid));
  }
  return tree;
}

/** CPU time of the whole tree in microseconds, ended and waited-for children included. */
export function cpuMicroseconds(root) {
  return processTree(root).reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MICROSECONDS;
}

/**
 * Memory of the whole tree in bytes. RSS counts a page once for each process that maps it, PSS divides it among them:
 * with workers forked from one parent only the latter can be added up.
 */
export function memory(root) {
  const total = { rss: 0, pss: 0 };
  for (const { pid } of processTree(root)) {
    const text = read(`/proc/${pid}/smaps_rollup`) ?? '';
    total.rss += kilobytes(text, 'Rss') * 1024;
    total.pss += kilobytes(text, 'Pss') * 1024;
  }
  return total;
}

/** Whether this very process, not a later one of the same number, still runs. */
export function isAlive({ pid, started }) {
  const now = readStat(pid);
  return now !== undefined && now.started === started && now.state !== 'Z';
}

function readStat(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses itself; the fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number);
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    state: fields[0],
    started: fields[19],
    ticks: utime + stime + childUtime + childStime,
  };
}

function kilobytes(text, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

// A process may end between the listing and the reading.
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
