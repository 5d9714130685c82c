import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChild, type Measured, median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withPostgres } from './with-postgres.ts';

const planRounds = 5;
const runRounds = 3;
const most = 1_000_000;
const fewer = 250_000;

/** Planning a year, and collecting one: a million daily points, a month at a time. */
export async function backfillRows(): Promise<readonly Row[]> {
  const rows = [await planRow('1mo'), await planRow('1d')];
  rows.push(await runRow('sqlite', ''));
  rows.push(await withPostgres((url) => runRow('postgres', url)));
  return rows;
}

async function planRow(chunk: string): Promise<Row> {
  const runs: Measured[] = [];
  for (let round = 0; round < planRounds; round++) runs.push(await inChild('backfill-plan.ts', [chunk]));
  const took = median(runs.map((run) => run.ms));
  return {
    name: `planning a year of 10000 targets in chunks of ${chunk}: seconds`,
    ratio: took / 1000,
    aim: { most: 1 },
    detail: `${runs[0]?.chunks} chunks, ${runs[0]?.calls} calls, median of ${planRounds}`,
  };
}

async function runRow(sink: string, url: string): Promise<Row> {
  const small: Measured[] = [];
  const large: Measured[] = [];
  for (let round = 0; round < runRounds; round++) {
    small.push(await one(sink, fewer, url));
    large.push(await one(sink, most, url));
  }
  const [before, after] = [median(small.map((run) => run.rssMiB)), median(large.map((run) => run.rssMiB))];
  const took = median(large.map((run) => run.ms));
  return {
    name: `backfill of ${most} daily points into ${sink}: peak memory ÷ that of ${fewer}`,
    ratio: after / before,
    aim: { most: 1.15 },
    detail: `${Math.round(after)} MiB ÷ ${Math.round(before)} MiB; ${Math.round((large[0]?.points ?? 0) / took)}k/s (${ms(took)}), medians of ${runRounds}`,
  };
}

async function one(sink: string, count: number, url: string): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    return await inChild('backfill-run.ts', [sink, String(count), dir, url]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
