/** Owns what Linux tells about the processes of one target, which are known by a mark in their environment. */
import { readdirSync, readFileSync } from 'node:fs';

export interface MarkedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Proportional memory in bytes. */
  readonly memory: number;
}

/** Whether this machine can be asked. */
export const CAN_LOOK = process.platform === 'linux';

/** Every process that was started with `NAME=value` in its environment. One that has ended, but is not yet waited for, has none. */
export function markedProcesses(mark: string): readonly MarkedProcess[] {
  if (!CAN_LOOK) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(name, 'environ').split('\0').includes(mark))
    .map((name) => ({
      pid: Number(name),
      parent: Number(/^PPid:\s+(\d+)/m.exec(read(name, 'status'))?.[1]),
      command: read(name, 'cmdline').replaceAll('\0', ' ').trim(),
      memory: Number(/^Pss:\s+(\d+) kB/m.exec(read(name, 'smaps_rollup'))?.[1] ?? 0) * 1024,
    }));
}

/** A process may end between the listing and the reading, and others' processes may not be read. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
