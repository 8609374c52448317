import { readdirSync, readFileSync } from 'node:fs';

export interface Peaks {
  /** Peak of this process and its threads, MiB of its own share of memory. */
  node: number;
  postgres: number;
  together: number;
}

/** Samples the memory of this process and of the PostgreSQL below `cluster` until stopped; shared pages are counted once (PSS). */
export function watchMemory(cluster: string): { stop(): Peaks } {
  const peaks: Peaks = { node: 0, postgres: 0, together: 0 };
  const sample = () => {
    const node = proportionalMiB(process.pid);
    const postgres = serverProcesses(cluster).reduce((sum, pid) => sum + proportionalMiB(pid), 0);
    peaks.node = Math.max(peaks.node, node);
    peaks.postgres = Math.max(peaks.postgres, postgres);
    peaks.together = Math.max(peaks.together, node + postgres);
  };
  const timer = setInterval(sample, 2_000);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return peaks;
    },
  };
}

/** The postmaster, whose command names the cluster, and its children. */
function serverProcesses(cluster: string): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const masters = pids.filter((pid) => read(`/proc/${pid}/cmdline`).includes(cluster));
  const parentOf = (pid: number) => Number(read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1]);
  return [...masters, ...pids.filter((pid) => masters.includes(parentOf(pid)))];
}

function proportionalMiB(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return match ? Number(match[1]) / 1024 : 0;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
