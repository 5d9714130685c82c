import {
  type Entry,
  type Measurement,
  type Rejection,
  type SinkContext,
  type Source,
  type SourceBatch,
  TransientError,
} from '../../sdk/index.ts';
import { clusterOf } from './client.ts';
import { isTooLarge } from './failure.ts';
import { asideMessage, asideNote, declarationHash } from './format.ts';
import { joinGroup, type Place, type Position, type Taken } from './group.ts';
import { createReading, isDeclaration, messagesIn, offsetBehind, type StoredMessage } from './records.ts';
import { rejectedTopic, type Settings } from './settings.ts';
import { createSender } from './writer.ts';

/** How long a fetch waits at the broker for something to come. */
const waitMs = 400;
/** Of what lies before a point, so much is read at first to find its declaration; then twice as much. */
const firstLook = 5000n;

/** A message, and where it lay. */
interface Found extends Place {
  readonly message: StoredMessage;
}

interface Batch extends SourceBatch {
  readonly generation: number;
  readonly positions: readonly Position[];
  /** The message of each entry. */
  readonly origins: readonly Found[];
  readonly unread: readonly (Found & { readonly reason: string })[];
  /** How many of those that are put aside lie there already. */
  aside: number;
}

/** The topics as a queue, shared with the other members of the group. */
export async function openSource(settings: Settings, context: SinkContext): Promise<Source> {
  const cluster = await clusterOf(settings, context);
  const sender = createSender(cluster);
  const member = await joinGroup(cluster);
  const reading = createReading();
  const declared = new Map<string, Measurement>();
  for (const measurement of context.measurements) declared.set(declarationHash(measurement), measurement);
  const pending = new Map<number, Promise<{ readonly node: number; readonly taken?: Taken; readonly error?: unknown }>>();
  const batches = new WeakMap<SourceBatch, Batch>();
  let generation = -1;
  let lost = -1;
  let positions = new Map<string, Position>();
  let done = new Map<string, Position>();
  let beginning: Promise<void> | undefined;
  /** Partitions of which all declarations are known that lie before what was read. */
  const searched = new Set<string>();

  /** One at a time: it is also asked by who looks at the lag. */
  function begin(): Promise<void> {
    beginning ??= divided().finally(() => {
      beginning = undefined;
    });
    return beginning;
  }

  /** The group was divided anew: what was read and not committed is another's, or is read again. */
  async function divided(): Promise<void> {
    const now = member.generation();
    if (now === generation) return;
    pending.clear();
    searched.clear();
    const places = member.assigned();
    const found = await member.committed(places);
    positions = new Map(found.map((one) => [keyOf(one), one]));
    done = new Map(positions);
    generation = now;
    context.log.info('the group has divided its work', { generation, partitions: places.map(keyOf).join(' ') });
  }

  async function ask(): Promise<void> {
    for (const [node, some] of await member.leaders([...positions.values()])) {
      if (pending.has(node)) continue;
      if (node < 0) throw new TransientError('a partition has no leader at the moment', { kind: 'server' });
      const asked = member.take(node, some, waitMs).then(
        (taken) => ({ node, taken }),
        (error: unknown) => ({ node, error }),
      );
      pending.set(node, asked);
    }
  }

  async function read(): Promise<SourceBatch | undefined> {
    await member.ready();
    await begin();
    if (positions.size === 0) return undefined;
    const asked = generation;
    await ask();
    const { node, taken, error } = await Promise.race(pending.values());
    // Meanwhile it may have become another's, and what is pending another question.
    if (asked !== generation) return undefined;
    pending.delete(node);
    if (error !== undefined) throw error;
    if (asked !== member.generation() || !taken || taken.length === 0) return undefined;
    const batch = await batchOf(taken);
    for (const position of batch.positions) positions.set(keyOf(position), position);
    batches.set(batch, batch);
    return batch;
  }

  async function batchOf(taken: Taken): Promise<Batch> {
    const entries: Entry[] = [];
    const origins: Found[] = [];
    const unread: (Found & { readonly reason: string })[] = [];
    const measurements = new Map<string, Measurement>();
    for (const { topic, partition, from, records } of taken) {
      for (const message of messagesIn(records, from)) {
        const found = { topic, partition, message };
        const read = reading(message);
        if (read.is === 'unreadable') unread.push({ ...found, reason: read.reason });
        if (read.is === 'declaration') declared.set(read.hash, read.declaration);
        if (read.is !== 'entry') continue;
        const declaration = declared.get(read.hash) ?? (await findDeclaration(found, read.hash));
        if (declaration?.name !== read.entry.point.measurement) {
          unread.push({ ...found, reason: `no declaration of ${read.entry.point.measurement} (${read.hash}) lies before it` });
          continue;
        }
        measurements.set(read.hash, declaration);
        entries.push(read.entry);
        origins.push(found);
      }
    }
    return {
      entries,
      origins,
      unread,
      aside: 0,
      measurements: [...measurements.values()],
      unreadable: unread.map((one) => `${placeOf(one)}: ${one.reason}`),
      generation,
      positions: taken.map(({ topic, partition, from, records }) => ({ topic, partition, offset: offsetBehind(records, from) })),
    };
  }

  /**
   * Another member has read it, or an earlier life of this one: it lies further up in the same partition, where each writer begins with it.
   * Brokers delete the oldest by age, whole files at a time: it may be gone, and what follows it not. Looked for once in a partition, since
   * what comes behind is read anyway.
   */
  async function findDeclaration({ topic, partition, message }: Found, hash: string): Promise<Measurement | undefined> {
    const place = { topic, partition };
    if (searched.has(keyOf(place))) return undefined;
    const [start] = await member.starts([place]);
    const oldest = start?.offset ?? 0n;
    let until = message.offset;
    for (let look = firstLook; until > oldest && !declared.has(hash); look *= 2n) {
      const from = until - look > oldest ? until - look : oldest;
      const reached = await readDeclarations({ ...place, offset: from }, until);
      until = reached ? from : oldest;
    }
    if (until <= oldest) searched.add(keyOf(place));
    return declared.get(hash);
  }

  /** False where nothing is kept that far back. */
  async function readDeclarations(from: Position, until: bigint): Promise<boolean> {
    let position = from;
    while (position.offset < until) {
      const [node] = [...(await member.leaders([position])).keys()];
      const [part] = await member.take(node ?? -1, [position], waitMs, true);
      if (!part) return false;
      for (const stored of messagesIn(part.records, position.offset)) {
        if (!isDeclaration(stored)) continue;
        const read = reading(stored);
        if (read.is === 'declaration') declared.set(read.hash, read.declaration);
      }
      position = { ...position, offset: offsetBehind(part.records, position.offset) };
    }
    return true;
  }

  /** A message for each, with the reason; they lie there when this resolves. What lay there before it failed is not sent again. */
  async function putAside(batch: Batch, refused: readonly Rejection[]): Promise<void> {
    const { origins, unread } = batch;
    const all = [...unread, ...refused.flatMap(({ index, reason }) => (origins[index] ? [{ ...(origins[index] as Found), reason }] : []))];
    // One by one: what lay there may be as large as a broker takes at once.
    for (const one of all.slice(batch.aside)) {
      await putOneAside(one);
      batch.aside++;
    }
  }

  async function putOneAside(one: Found & { readonly reason: string }): Promise<void> {
    const topic = rejectedTopic(one.topic);
    const facts = { headers: one.message.headers, reason: one.reason, origin: placeOf(one) };
    try {
      await sender.send(topic, [asideMessage(one.message, facts)]);
    } catch (error) {
      // It came compressed, or was just as large as may be: nobody else can make it smaller, and nothing behind it would ever be read.
      if (!isTooLarge(error)) throw error;
      await sender.send(topic, [asideNote(one.message, facts)]);
    }
  }

  return {
    read,
    async commit(given, refused) {
      const batch = batches.get(given);
      if (!batch) throw new TypeError('this batch was not read here');
      if (batch.generation === lost || batch.generation !== member.generation()) return false;
      await putAside(batch, refused);
      if (!(await member.commit(batch.positions))) {
        lost = batch.generation;
        return false;
      }
      if (batch.generation === generation) for (const position of batch.positions) done.set(keyOf(position), position);
      return true;
    },
    async lag() {
      // Before that nothing is known, and no lag is not the same.
      await begin();
      const ends = await member.ends([...done.values()]);
      let sum = 0n;
      for (const end of ends) sum += end.offset - (done.get(keyOf(end))?.offset ?? end.offset);
      return Math.max(0, Number(sum));
    },
    async close() {
      const left = member.close();
      await sender.close();
      await left;
    },
  };
}

function keyOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

function placeOf({ topic, partition, message }: Found): string {
  return `${topic}/${partition}@${message.offset}`;
}
