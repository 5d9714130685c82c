import { DatabaseSync } from 'node:sqlite';
import type { Outbox } from '../../src/engine/outbox.ts';
import { idsOfSink, rowBytes } from '../../src/engine/outbox-format.ts';
import { entriesOf, numbersOf, sample } from './entries.ts';

/** One thing done to an outbox. */
export interface Step {
  readonly number: number;
  readonly does: 'append' | 'deliver' | 'refuse' | 'reject-new' | 'restore' | 'drop';
  readonly sink: string;
  readonly entries: number;
  readonly run: string;
}

/** What an outbox holds: the numbers of pending entries, and of refused ones with their reason. */
export type Contents = Readonly<
  Record<string, { readonly pending: readonly number[]; readonly rejected: Readonly<Record<string, string>> }>
>;

const sinks = ['influx', 'local'];
const reasons = ['too old', 'wrong type', 'out of range'];

/** Numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function stepAt(seed: number, number: number): Step {
  const chance = random(seed * 1_000_003 + number);
  const what = chance();
  const does =
    what < 0.5 ? 'append' : what < 0.75 ? 'deliver' : what < 0.85 ? 'refuse' : what < 0.9 ? 'reject-new' : what < 0.96 ? 'restore' : 'drop';
  const sink = sinks[Math.floor(chance() * sinks.length)] as string;
  return { number, does, sink, entries: 1 + Math.floor(chance() * 150), run: `run-${Math.floor(number / 20)}` };
}

function entriesIn(step: Step) {
  return entriesOf(step.number * 1000, step.entries, step.run);
}

function reasonOf(number: number): string {
  return reasons[number % reasons.length] as string;
}

export async function takeStep(outbox: Outbox, step: Step): Promise<void> {
  const { sink, does } = step;
  if (does === 'append') await outbox.append(sink, entriesIn(step), () => sample);
  if (does === 'reject-new') {
    const refusals = entriesIn(step).map((entry) => ({ entry, reason: reasonOf(Number(entry.point.fields.number)) }));
    await outbox.rejectNew(sink, refusals, () => sample);
  }
  if (does === 'restore') await outbox.restore({ sink });
  if (does === 'drop') await outbox.drop({ sink, rejected: true });
  if (does !== 'deliver' && does !== 'refuse') return;
  const page = await outbox.read(sink, { limit: step.entries });
  if (does === 'deliver') await outbox.acknowledge(page.map((row) => row.id));
  else await outbox.reject(page.map(({ id, entry }) => ({ id, reason: reasonOf(Number(entry.point.fields.number)) })));
}

/** What the contents are after a step. */
export function contentsAfter(before: Contents, step: Step): Contents {
  const { pending, rejected } = before[step.sink] ?? { pending: [], rejected: {} };
  const numbers = numbersOf(entriesIn(step));
  const page = pending.slice(0, step.entries);
  const rest = pending.slice(step.entries);
  const refused = (some: readonly number[]) => Object.fromEntries(some.map((number) => [number, reasonOf(number)]));
  const after = {
    append: () => ({ pending: [...pending, ...numbers], rejected }),
    'reject-new': () => ({ pending, rejected: { ...rejected, ...refused(numbers) } }),
    deliver: () => ({ pending: rest, rejected }),
    refuse: () => ({ pending: rest, rejected: { ...rejected, ...refused(page) } }),
    restore: () => ({ pending: [...pending, ...Object.keys(rejected).map(Number)].sort((a, b) => a - b), rejected: {} }),
    drop: () => ({ pending, rejected: {} }),
  }[step.does]();
  return { ...before, [step.sink]: after };
}

export const nothing: Contents = Object.fromEntries(sinks.map((sink) => [sink, { pending: [], rejected: {} }]));

/** What the file holds; throws where it is damaged, or does not count right what it holds. */
export async function contentsOf(outbox: Outbox, path: string): Promise<Contents> {
  const file = new DatabaseSync(path, { readOnly: true });
  const integrity = file.prepare('pragma integrity_check').all();
  if (integrity.length !== 1 || integrity[0]?.integrity_check !== 'ok') throw new Error(`integrity: ${JSON.stringify(integrity)}`);
  const refused = file.prepare(
    `select json_extract(body, '$.fields.number') as number, reason from rejected
       join sink on sink.id = rejected.id / ${idsOfSink} where sink.name = ? order by rejected.id`,
  );
  const contents: Record<string, Contents[string]> = {};
  for (const sink of sinks) {
    const rows = await outbox.read(sink, { limit: 1e6 });
    const rejected = Object.fromEntries(refused.all(sink).map((row) => [String(row.number), String(row.reason)]));
    contents[sink] = { pending: numbersOf(rows.map((row) => row.entry)), rejected };
  }
  const held = `select id / ${idsOfSink} as sink, run, measurement, '' as reason, octet_length(body) + ${rowBytes} as bytes, id from pending
    union all select id / ${idsOfSink}, run, measurement, reason, octet_length(body) + octet_length(reason) + ${rowBytes}, id from rejected`;
  const wrong = file
    .prepare(
      `select sink, run, measurement, reason, sum(held.bytes) as bytes, count(*) as entries, tally.entries as tallied
         from (${held}) held left join tally using (sink, run, measurement, reason) group by 1, 2, 3, 4
         having tally.entries is not count(*) or tally.bytes is not sum(held.bytes) or tally.first > min(id) or tally.last < max(id)`,
    )
    .all();
  const surplus = file
    .prepare('select (select coalesce(sum(bytes), 0) from sink) - (select coalesce(sum(bytes), 0) from tally) as bytes')
    .get();
  const lines = file.prepare('select count(*) as lines from tally where entries <= 0').get();
  file.close();
  if (wrong.length > 0 || surplus?.bytes !== 0 || lines?.lines !== 0)
    throw new Error(`tally: ${JSON.stringify({ wrong, surplus, lines })}`);
  return contents;
}
