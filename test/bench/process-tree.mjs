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
 * Memory of the whole tree in bytes, added up in three ways. `rss` counts a page once for each process that maps it;
 * `pss` divides it among all processes of the machine that map it; `once` counts it once for the whole tree, which is
 * what a container with nothing else in it would hold.
 */
export function memory(root) {
  const total = { rss: 0, pss: 0, once: 0 };
  const shared = new Map();
  for (const { pid } of processTree(root)) {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    total.rss += bytesOf(rollup, 'Rss');
    total.pss += bytesOf(rollup, 'Pss');
    total.once += bytesOf(rollup, 'Private_Clean') + bytesOf(rollup, 'Private_Dirty');
    for (const { key, bytes } of sharedMappings(pid)) shared.set(key, Math.max(shared.get(key) ?? 0, bytes));
  }
  for (const bytes of shared.values()) total.once += bytes;
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

// The same piece of a file is the same memory in every process; a page without a file is shared by forking only, and
// then lies at the same address.
function sharedMappings(pid) {
  const mappings = (read(`/proc/${pid}/smaps`) ?? '').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.map((text) => {
    const [range = '', , offset, device, inode] = text.split(/\s+/, 5);
    const key = inode === '0' ? range.split('-')[0] : `${device} ${inode} ${offset}`;
    return { key, bytes: bytesOf(text, 'Shared_Clean') + bytesOf(text, 'Shared_Dirty') };
  });
}

function bytesOf(text, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

// A process may end between the listing and the reading.
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
