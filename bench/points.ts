import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChild, type Measured, median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withPostgres } from './with-postgres.ts';
import { withServer } from './with-server.ts';

const rounds = 5;

/** How many points, and how many to see whether memory grows; and the speed to reach, beside a plain loop. */
interface Size {
  readonly points: number;
  readonly many: number;
  readonly least: number;
}
const local: Size = { points: 1_000_000, many: 4_000_000, least: 0.5 };
/** A server does most of the work. */
const served: Size = { points: 200_000, many: 800_000, least: 0.8 };

/** Points through the engine into a sink, beside a plain loop; and the memory that four times as many take. */
export async function pointRows(sink: string): Promise<readonly Row[]> {
  if (sink === 'influxdb') return await withServer(['influxdb'], ({ url }) => measure(sink, url, local));
  if (sink === 'postgres') return await withPostgres((url) => measure(sink, url, served));
  return await measure(sink, '', local);
}

async function measure(sink: string, url: string, { points, many, least }: Size): Promise<readonly Row[]> {
  const plain: Measured[] = [];
  const engine: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    plain.push(await one('plain.ts', sink, points, url));
    engine.push(await one('engine.ts', sink, points, url));
  }
  const larger: Measured[] = [];
  for (let round = 0; round < 3; round++) larger.push(await one('engine.ts', sink, many, url));
  const [base, own] = [median(plain.map((run) => run.ms)), median(engine.map((run) => run.ms))];
  const [small, large] = [median(engine.map((run) => run.rssMiB)), median(larger.map((run) => run.rssMiB))];
  return [
    {
      name: `${points} points into ${sink}: speed of the engine ÷ plain loop`,
      ratio: base / own,
      aim: { least },
      detail: `${perSecond(points, own)} ÷ ${perSecond(points, base)} (${ms(own)}, ${ms(base)}), median of ${rounds}`,
    },
    {
      name: `${many} points into ${sink}: peak memory ÷ that of ${points}`,
      ratio: large / small,
      aim: { most: 1.15 },
      detail: `${Math.round(large)} MiB ÷ ${Math.round(small)} MiB, medians of 3 and ${rounds}`,
    },
  ];
}

async function one(script: string, sink: string, count: number, url: string): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    return await inChild(script, [sink, String(count), dir, url]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function perSecond(points: number, tookMs: number): string {
  return `${Math.round(points / tookMs)}k/s`;
}
