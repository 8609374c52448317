import { readFileSync } from 'node:fs';

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** When a process began, in the kernel's ticks, with the boot it belongs to; empty where the system does not tell. */
function startOf(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // The second field is the program's name and may hold spaces and parentheses.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? '' : `${ticks} ${readOrEmpty('/proc/sys/kernel/random/boot_id')}`;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A zombie has ended; only its parent has not looked yet.
  return !/\) Z /.test(readOrEmpty(`/proc/${pid}/stat`));
}

/** A line that names this very process, and no later one that is given the same pid. */
export const describeProcess = (pid: number): string => `${pid} ${startOf(pid)}`.trim();

export function isDescribedProcessAlive(line: string): boolean {
  const [pid = '', ...start] = line.trim().split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0 || !isAlive(number)) return false;
  return start.length === 0 || startOf(number) === start.join(' ');
}
