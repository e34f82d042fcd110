/** Owns the figures that the operating system keeps, of the front end and of the workers, read at the scrape. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Family, Sample } from './metrics-family.ts';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/** The front end's own process, by the names that every Prometheus client uses. */
export function processFamilies(): Family[] {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  const status = readStatus('self');
  return [
    family('process_cpu_seconds_total', 'counter', 'Processor time used, in seconds.', (cpu.user + cpu.system) / 1e6),
    family('process_cpu_user_seconds_total', 'counter', 'Processor time in user mode, in seconds.', cpu.user / 1e6),
    family(
      'process_cpu_system_seconds_total',
      'counter',
      'Processor time in the kernel, in seconds.',
      cpu.system / 1e6,
    ),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.', memory.rss),
    family('process_virtual_memory_bytes', 'gauge', 'Virtual memory.', status.virtual),
    family('process_start_time_seconds', 'gauge', 'When the process started, in Unix seconds.', START_TIME),
    family('process_open_fds', 'gauge', 'Open file descriptors.', countOpenFiles()),
    family('process_max_fds', 'gauge', 'Most file descriptors that may be open.', readMaxFiles()),
    family('nodejs_heap_size_total_bytes', 'gauge', 'Size of the heap.', memory.heapTotal),
    family('nodejs_heap_size_used_bytes', 'gauge', 'Used part of the heap.', memory.heapUsed),
    family('nodejs_external_memory_bytes', 'gauge', 'Memory outside of the heap.', memory.external),
    family(
      'nodejs_eventloop_utilization_ratio',
      'gauge',
      'Share of the time since the start in which the event loop was busy.',
      performance.eventLoopUtilization().utilization,
    ),
    {
      name: 'nodejs_version_info',
      help: 'Version of Node.js.',
      type: 'gauge',
      values: [{ value: 1, labels: { version: process.version } }],
    },
  ];
}

export function workerFamilies(workers: readonly { worker: string; pid: number }[]): Family[] {
  const read = workers.map(({ worker, pid }) => ({ labels: { worker }, ...readStatus(String(pid)) }));
  return [
    {
      name: 'racetrack_worker_resident_memory_bytes',
      help: 'Resident memory of a worker.',
      type: 'gauge',
      values: read.flatMap(({ labels, resident }) => present(resident, labels)),
    },
    {
      name: 'racetrack_worker_cpu_seconds_total',
      help: 'Processor time used by a worker, in seconds.',
      type: 'counter',
      values: read.flatMap(({ labels, cpuSeconds }) => present(cpuSeconds, labels)),
    },
  ];
}

const START_TIME = performance.timeOrigin / 1000;

function family(name: string, type: Family['type'], help: string, value: number | undefined): Family {
  return { name, help, type, values: present(value) };
}

/** A figure that this system does not offer has no line. */
function present(value: number | undefined, labels?: { [label: string]: string }): Sample[] {
  if (value === undefined) return [];
  return [labels === undefined ? { value } : { value, labels }];
}

interface ProcessStatus {
  readonly resident?: number | undefined;
  readonly virtual?: number | undefined;
  readonly cpuSeconds?: number | undefined;
}

/** Empty when there is no such process, or no /proc. */
function readStatus(pid: string): ProcessStatus {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold anything; the figures follow it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      resident: kilobytes(status, 'VmRSS'),
      virtual: kilobytes(status, 'VmSize'),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    };
  } catch {
    return {};
  }
}

/** A process that has ended, but not been reaped, has no memory. */
function kilobytes(status: string, key: string): number | undefined {
  const figure = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return figure === undefined ? undefined : Number(figure) * 1024;
}

function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function readMaxFiles(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
