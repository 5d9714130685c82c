import { isOfAge, isOfAnotherValue, isOfOrder, readAnswer, type Verdict } from './answer.ts';
import type { Connection } from './connection.ts';
import { askHeld } from './held.ts';
import type { Metadata } from './naming.ts';
import type { Item, Requests } from './request.ts';
import type { Series } from './series.ts';

/** What became of an item: the server's words where it is refused for good. */
type Outcome = { readonly refused?: string };

/** Brings batches to the server, and finds what it refuses in them. */
export interface Delivery {
  /**
   * One outcome an item, in no order. `items` come by time, the older first. Throws what an answer means for all of them, or that none
   * came: what is settled by then is remembered, and not sent again when the same entries come again.
   */
  deliver(items: readonly Item[]): Promise<ReadonlyMap<Item, Outcome>>;
}

/** What one batch may cost while each refused point is looked for: the outlet gives a write 30 s, and a run should not stand still. */
const most = { requests: 500, ms: 15_000 };
/** After those, a batch is no longer cut into smaller parts than this many. */
const leastParts = 64;
const hourMs = 3_600_000;

/**
 * A request with one sample that Prometheus refuses is refused as a whole (https://github.com/prometheus/docs/pull/2462), so it is
 * halved until they are found. Always by time, the older half first: a newer sample that is stored would keep the older ones out.
 */
export function createDelivery(connection: Connection, requests: Requests): Delivery {
  /** Settled in a batch that came to no end, by entry: the outlet sends the same ones again. */
  let settledBefore = new Map<Item['entry'], Outcome>();
  /** Sent, and not answered: the server may have stored them. */
  let unanswered = new Set<Item['entry']>();
  /** Metrics that the server was told the type and the help of. */
  const told = new Set<string>();

  async function send(items: readonly Item[]): Promise<Verdict> {
    const metadata = untold(items, told);
    let answer: Awaited<ReturnType<Connection['write']>>;
    try {
      answer = await connection.write(requests.body(items, metadata));
    } catch (error) {
      for (const { entry } of items) unanswered.add(entry);
      throw error;
    }
    // What stands between us and the server answers for it when the answer is late.
    if (answer.status >= 500) for (const { entry } of items) unanswered.add(entry);
    const verdict = readAnswer(answer, connection);
    if (verdict.kind === 'stored') for (const { name } of metadata) told.add(name);
    return verdict;
  }

  async function deliver(items: readonly Item[]): Promise<ReadonlyMap<Item, Outcome>> {
    const settled = new Map<Item, Outcome>();
    for (const item of items) {
      const outcome = settledBefore.get(item.entry);
      if (outcome) settled.set(item, outcome);
    }
    try {
      await settle(items, settled);
    } catch (error) {
      settledBefore = new Map([...settled].map(([{ entry }, outcome]) => [entry, outcome]));
      throw error;
    }
    acceptStoredBefore(settled, unanswered);
    settledBefore = new Map();
    unanswered = new Set();
    return settled;
  }

  async function settle(items: readonly Item[], settled: Map<Item, Outcome>): Promise<void> {
    let left = most.requests;
    const started = connection.elapsed();
    let isAsked = false;
    let tooOld: { readonly time: number; readonly words: string } | undefined;
    const groups: (readonly Item[])[] = [items];
    for (let group = groups.pop(); group; group = groups.pop()) {
      if (tooOld)
        for (const item of group) if (item.time <= tooOld.time && !settled.has(item)) settled.set(item, { refused: tooOld.words });
      const open = group.filter((item) => !settled.has(item));
      if (open.length === 0) continue;
      left--;
      const verdict = await send(open);
      if (verdict.kind === 'stored') {
        for (const item of open) settled.set(item, {});
        continue;
      }
      const { kind, words } = verdict;
      if (kind === 'refused' && isOfOrder(words) && !isAsked) {
        isAsked = true;
        const all = [...groups.flat(), ...open].filter((item) => !settled.has(item));
        if (await settleHeld(all, words, settled)) {
          groups.push(open);
          continue;
        }
      }
      const first = open[0] as Item;
      const isLong = left <= 0 || connection.elapsed() - started > most.ms;
      if (open.length > 1 && (!isLong || open.length > items.length / leastParts)) {
        const half = Math.ceil(open.length / 2);
        groups.push(open.slice(half), open.slice(0, half));
        continue;
      }
      const refused = open.length === 1 ? words : `${words} (of one of ${open.length} points, not looked for any further)`;
      for (const item of open) settled.set(item, { refused });
      if (kind === 'refused' && isOfAge(words) && open.length === 1 && first.time < connection.now().getTime() - hourMs)
        tooOld = { time: first.time, words };
    }
  }

  /** Settles what the server says that it holds already; false where that was nothing. */
  async function settleHeld(items: readonly Item[], words: string, settled: Map<Item, Outcome>): Promise<boolean> {
    const held = await askHeld(items, connection);
    if (!held) return false;
    const before = settled.size;
    for (const item of items) {
      const found = held(item);
      if (found === 'same') settled.set(item, {});
      else if (found === 'other')
        settled.set(item, { refused: `${words}: the server holds another value of this time, and keeps what came first` });
    }
    return settled.size > before;
  }

  return { deliver };
}

/**
 * Where the server could not be asked: what an unanswered write had stored is refused as out of order, since the newest of its series was
 * stored with it. That one is not refused itself; where it is, something newer was there that was not ours.
 */
function acceptStoredBefore(settled: Map<Item, Outcome>, unanswered: ReadonlySet<Item['entry']>): void {
  if (unanswered.size === 0) return;
  const newest = new Map<Series, Item>();
  for (const item of settled.keys()) {
    const known = newest.get(item.series);
    if (unanswered.has(item.entry) && (!known || known.time < item.time)) newest.set(item.series, item);
  }
  for (const [item, { refused }] of settled) {
    if (refused === undefined || !unanswered.has(item.entry) || !isOfOrder(refused) || isOfAnotherValue(refused)) continue;
    const last = newest.get(item.series);
    if (last && last.time > item.time && settled.get(last)?.refused === undefined) settled.set(item, {});
  }
}

/** The metadata of the metrics of these items that are not told yet. */
function untold(items: readonly Item[], told: ReadonlySet<string>): readonly Metadata[] {
  const found = new Map<string, Metadata>();
  for (const plan of new Set(items.map(({ series }) => series.plan))) {
    for (const { metadata } of plan.columns) if (!told.has(metadata.name)) found.set(metadata.name, metadata);
    if (plan.info && !told.has(plan.info.metadata.name)) found.set(plan.info.metadata.name, plan.info.metadata);
  }
  return [...found.values()];
}
