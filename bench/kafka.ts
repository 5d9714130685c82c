import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startBrokers } from '../scripts/kafka/brokers.ts';
import { kafkaJars } from '../scripts/kafka/jars.ts';
import { inChild, type Measured, median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withPostgres } from './with-postgres.ts';

const rounds = 5;
const points = 200_000;
const many = 800_000;

/** Points into a real broker beside a plain loop over the same client, and out of it again beside the sink that they go to. */
export async function kafkaRows(): Promise<readonly Row[]> {
  const found = kafkaJars();
  if ('missing' in found) throw new Error(found.missing);
  const brokers = await startBrokers({ jars: found.jars, count: 1 });
  try {
    return await withPostgres((postgres) => measure(brokers.addresses[0]?.plain ?? '', postgres));
  } finally {
    await brokers.close();
  }
}

async function measure(broker: string, postgres: string): Promise<readonly Row[]> {
  const plain: Measured[] = [];
  const engine: Measured[] = [];
  const alone: Measured[] = [];
  const relays: Measured[] = [];
  for (let round = -1; round < rounds; round++) {
    const first = await inFolder((dir) => inChild('plain.ts', ['kafka', String(points), dir, broker]));
    const sink = await inFolder((dir) => inChild('engine.ts', ['postgres', String(points), dir, postgres]));
    const [second, third] = await inAndOut(broker, postgres, points);
    // The first round warms the broker, which compiles itself.
    if (round < 0) continue;
    plain.push(first);
    alone.push(sink);
    engine.push(second);
    relays.push(third);
  }
  const [, larger] = await inAndOut(broker, postgres, many);
  const took = (all: readonly Measured[]) => median(all.map((one) => one.ms));
  const memory = median(relays.map((one) => one.rssMiB));
  return [
    {
      name: `${points} points into kafka: speed of the engine ÷ plain loop`,
      ratio: took(plain) / took(engine),
      aim: { least: 0.8 },
      detail: `${perSecond(took(engine))} ÷ ${perSecond(took(plain))} (${ms(took(engine))}, ${ms(took(plain))}), median of ${rounds}`,
    },
    {
      name: `${points} points from kafka into postgres: speed of the relay ÷ the sink alone`,
      ratio: took(alone) / took(relays),
      aim: { least: 0.6 },
      detail: `${perSecond(took(relays))} ÷ ${perSecond(took(alone))} (${ms(took(relays))}, ${ms(took(alone))}), median of ${rounds}`,
    },
    {
      name: `${many} points through the relay: peak memory ÷ that of ${points}`,
      ratio: larger.rssMiB / memory,
      aim: { most: 1.15 },
      detail: `${Math.round(larger.rssMiB)} MiB ÷ ${Math.round(memory)} MiB`,
    },
  ];
}

/** By the engine into a topic, and from there by the relay. */
async function inAndOut(broker: string, postgres: string, count: number): Promise<readonly [Measured, Measured]> {
  return await inFolder(async (dir) => {
    const into = await inChild('engine.ts', ['kafka', String(count), dir, broker]);
    return [into, await inChild('relay.ts', [basename(dir), String(count), dir, broker, postgres])] as const;
  });
}

async function inFolder<Result>(work: (dir: string) => Promise<Result>): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function perSecond(tookMs: number): string {
  return `${Math.round(points / tookMs)}k/s`;
}
