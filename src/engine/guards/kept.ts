import { type Point, seriesKey, type Tags } from '../../sdk/point.ts';
import type { StateChange, StateStore } from '../../sdk/sink.ts';
import type { Known, MayDiffer, Suspect } from './judge.ts';

/** A value that is held back, with all that its point needs. */
export interface Held extends Suspect {
  readonly measurement: string;
  readonly tags: Tags;
  readonly field: string;
  /** When it was collected, Unix ms. */
  readonly collectedAt: number;
}

/** What is known of an instance's counters, by `counterKey`. */
export type Counters = ReadonlyMap<string, Known<Held>>;

export interface Recalled {
  readonly counters: Counters;
  /** Times of runs that did not end: what they delivered of the differences is not known. */
  readonly open: readonly number[];
  /** The records as they were found, by kind and key. */
  readonly records: ReadonlyMap<string, string>;
}

/** Which counter of which series it is: `measurement.field/series`. */
export function counterKey(measurement: string, tags: Tags, field: string): string {
  return `${measurement}.${field}/${seriesKey(measurement, tags)}`;
}

/** What readings were like, over any state store. An instance's are changed only by who has its lease. */
export interface GuardMemory {
  recall(instance: string): Promise<Recalled>;
  /** The instances of which anything is held. */
  instances(): Promise<readonly string[]>;
  /** Writes down that a run of this time begins to deliver differences. */
  begin(instance: string, recalled: Recalled, at: number): Promise<void>;
  change(changes: readonly StateChange[]): Promise<void>;
}

/** So a record stays well under 200 KB. */
const readingsARecord = 1000;
const heldBytesARecord = 100_000;
const openKept = 20;
/** A series that was not seen for so long is forgotten. */
const forgottenMs = 400 * 86_400_000;

export function createGuardMemory(store: StateStore): GuardMemory {
  return {
    async recall(instance) {
      const records = new Map<string, string>();
      const counters = new Map<string, Known<Held>>();
      for (const { key, value } of await store.list('reading', { prefix: `${instance}/` })) {
        records.set(`reading ${key}`, JSON.stringify(value));
        for (const [counter, numbers] of Object.entries(value as StoredReadings)) {
          const readings = pairs(numbers).map(([time = 0, one = 0]) => ({ time, value: one }));
          counters.set(counter, { readings, held: [] });
        }
      }
      for (const { key, value } of await store.list('held', { prefix: `${instance}/` })) {
        records.set(`held ${key}`, JSON.stringify(value));
        for (const one of value as readonly Held[]) {
          const counter = counterKey(one.measurement, one.tags, one.field);
          const known = counters.get(counter) ?? { readings: [], held: [] };
          counters.set(counter, { ...known, held: [...known.held, one] });
        }
      }
      const begun = (await store.read('reading', instance))?.value as { readonly open?: readonly number[] } | undefined;
      return { counters, open: begun?.open ?? [], records };
    },

    async instances() {
      const names = (await store.list('held')).map(({ key }) => key.slice(0, key.indexOf('/')));
      return [...new Set(names)].sort();
    },

    async begin(instance, { open }, at) {
      if (open.includes(at)) return;
      await store.change([{ kind: 'reading', key: instance, value: { open: [...open, at].slice(-openKept) } }]);
    },

    async change(changes) {
      if (changes.length > 0) await store.change(changes);
    },
  };
}

/** Times and values, one after the other, by `counterKey`. */
type StoredReadings = Readonly<Record<string, readonly number[]>>;

/** What must be written so that the state knows these counters and no others; `at`: of the run that ends, if one does. */
export function changesTo(instance: string, before: Recalled, counters: Counters, at?: number): readonly StateChange[] {
  const all = [...counters].sort(([a], [b]) => (a < b ? -1 : 1));
  const forgotten = (at ?? 0) - forgottenMs;
  const records = new Map<string, unknown>();
  const remembered = all.filter(([, { readings }]) => readings.length > 0 && (readings.at(-1)?.time ?? 0) > forgotten);
  for (let from = 0; from < remembered.length; from += readingsARecord) {
    const part = remembered.slice(from, from + readingsARecord);
    const stored: [string, readonly number[]][] = part.map(([key, { readings }]) => [
      key,
      readings.flatMap((one) => [one.time, one.value]),
    ]);
    records.set(`reading ${recordKey(instance, from / readingsARecord)}`, Object.fromEntries(stored));
  }
  const held = all.flatMap(([, known]) => known.held);
  for (const [index, part] of parts(held).entries()) records.set(`held ${recordKey(instance, index)}`, part);

  const changes: StateChange[] = [];
  for (const [name, value] of records) if (before.records.get(name) !== JSON.stringify(value)) changes.push({ ...named(name), value });
  for (const name of before.records.keys()) if (!records.has(name)) changes.push({ ...named(name), value: undefined });
  if (at !== undefined) {
    const open = before.open.filter((one) => one !== at);
    changes.push({ kind: 'reading', key: instance, value: open.length > 0 ? { open } : undefined });
  }
  return changes;
}

/** A run that did not end may have delivered what was added up to its time, and the next would say so again. */
export function gapless({ open }: Recalled): MayDiffer {
  return (since, until) => !open.some((time) => time > since && time < until);
}

/** A held value as a point of its own. */
export function heldPoint({ measurement, tags, field, time, value }: Held, more: Point['fields'] = {}): Point {
  return { measurement, tags, fields: { [field]: value, ...more }, time: new Date(time) };
}

function named(name: string): Pick<StateChange, 'kind' | 'key'> {
  const [kind = '', key = ''] = name.split(' ', 2);
  return { kind, key };
}

function recordKey(instance: string, index: number): string {
  return `${instance}/${String(index).padStart(5, '0')}`;
}

function pairs(numbers: readonly number[]): number[][] {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, index) => numbers.slice(index * 2, index * 2 + 2));
}

function parts(held: readonly Held[]): readonly (readonly Held[])[] {
  const all: Held[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of held) {
    const size = Buffer.byteLength(JSON.stringify(one));
    if (bytes + size > heldBytesARecord) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(one);
    bytes += size;
  }
  return all;
}
