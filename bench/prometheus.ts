import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChild, type Measured, median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withServer } from './with-server.ts';

const rounds = 5;
const points = 200_000;
const [few, many] = [1_000_000, 4_000_000];

/** Points of five fields into the sink, beside a plain loop that writes the same bytes; and what the engine's memory does before it. */
export async function prometheusRows(): Promise<readonly Row[]> {
  return await withServer(['prometheus'], async ({ url }) => {
    const plain: Measured[] = [];
    const sink: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      plain.push(await one('plain.ts', points, url));
      sink.push(await one('sink.ts', points, url));
    }
    const small: Measured[] = [];
    const large: Measured[] = [];
    for (let round = 0; round < 3; round++) {
      small.push(await one('engine.ts', few, url));
      large.push(await one('engine.ts', many, url));
    }
    const [base, own] = [median(plain.map((run) => run.ms)), median(sink.map((run) => run.ms))];
    const [less, more] = [median(small.map((run) => run.rssMiB)), median(large.map((run) => run.rssMiB))];
    return [
      {
        name: `${points} points into prometheus: speed of the sink ÷ plain loop`,
        ratio: base / own,
        aim: { least: 0.8 },
        detail: `${perSecond(own)} ÷ ${perSecond(base)} (${ms(own)}, ${ms(base)}), median of ${rounds}`,
      },
      {
        name: `${many} points into prometheus: peak memory ÷ that of ${few}`,
        ratio: more / less,
        aim: { most: 1.15 },
        detail: `${Math.round(more)} MiB ÷ ${Math.round(less)} MiB, medians of 3; ${Math.round(few / median(small.map((run) => run.ms)))}k/s through the engine`,
      },
    ];
  });
}

async function one(script: string, count: number, url: string): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    return await inChild(script, ['prometheus', String(count), dir, url]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function perSecond(tookMs: number): string {
  return `${Math.round(points / tookMs)}k/s`;
}
