import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChild, type Measured, median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withServer } from './with-server.ts';

const rounds = 5;
const points = 1_000_000;
const many = 4_000_000;

/** A million points through the engine into a sink, beside a plain loop; and the memory that four millions take, beside that of one. */
export async function pointRows(sink: string): Promise<readonly Row[]> {
  if (sink === 'influxdb') return await withServer(['influxdb'], ({ url }) => measure(sink, url));
  return await measure(sink, '');
}

async function measure(sink: string, url: string): Promise<readonly Row[]> {
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
      aim: { least: 0.5 },
      detail: `${perSecond(own)} ÷ ${perSecond(base)} (${ms(own)}, ${ms(base)}), median of ${rounds}`,
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

function perSecond(tookMs: number): string {
  return `${Math.round(points / tookMs)}k/s`;
}
