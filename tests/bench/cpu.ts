import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds of processor used so far by all PostgreSQL processes below a process (Linux only). */
export function serverCpu(root = process.pid): number {
  if (process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (!stat.includes('(postgres)') || !descends(Number(fields[1]), root)) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended while it was looked at.
    }
  }
  return ticks * 10_000;
}

function descends(parent: number, root: number): boolean {
  for (let pid = parent; pid > 1; ) {
    if (pid === root) return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return false;
}

/** Time all cores of the machine have been idle so far, waiting for the disk included, and time altogether; in ticks (Linux only). */
export function machineTime(): { idle: number; all: number } {
  if (process.platform !== 'linux') return { idle: 0, all: 1 };
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number);
  return { idle: fields[3]! + fields[4]!, all: fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0) };
}
