import { readFileSync } from 'node:fs';

/** What a guest's processors have spent, and what other guests of the host took of it, in ticks. Undefined where the system does not tell. */
export interface Stolen {
  readonly all: number;
  readonly stolen: number;
}

/** Of the whole machine, since it started. https://man7.org/linux/man-pages/man5/proc_stat.5.html */
export function stolenTime(): Stolen | undefined {
  if (process.platform !== 'linux') return undefined;
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in the first two already.
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
}

/** To be said beside a measurement: waits that the host imposed are not the program's. Empty where nothing worth a word was taken. */
export function stolenSince(before: Stolen | undefined): string {
  const now = stolenTime();
  if (before === undefined || now === undefined) return '';
  const percent = (100 * (now.stolen - before.stolen)) / Math.max(1, now.all - before.all);
  return percent < 1 ? '' : `; the host took ${percent.toFixed(0)} % of the processors for others`;
}
