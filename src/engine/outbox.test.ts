import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf, numbersOf, sample } from '../../test/children/entries.ts';
import { ConfigError } from '../sdk/errors.ts';
import { gauge, measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import { systemClock } from './clock.ts';
import { type Outbox, OutboxFullError, OutboxUnavailableError, openOutbox } from './outbox.ts';

let dir: string;
let outbox: Outbox;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-outbox-'));
  outbox = await open();
});
afterEach(() => {
  outbox.close();
  rmSync(dir, { recursive: true });
});

function open(maxBytes = 1e9, patienceMs = 10_000): Promise<Outbox> {
  return openOutbox(dir, { maxBytes, clock: systemClock, patienceMs });
}

const declared = () => sample;

async function pending(sink: string, run?: string): Promise<number[]> {
  return numbersOf((await outbox.read(sink, { limit: 1e6, run })).map((row) => row.entry));
}

async function count(sink: string, run?: string) {
  const [counts] = await outbox.counts({ sink, run });
  return { pending: counts?.pending ?? 0, rejected: counts?.rejected ?? 0 };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('append and read', () => {
  it('gives back the very entries, oldest first, over a restart', async () => {
    const entries: Entry[] = [
      ...entriesOf(0, 3),
      {
        point: {
          measurement: 'sample',
          tags: { source: 'é \u{1f680} \\' },
          fields: { number: -0, words: 'a\0b', half: 0.1 + 0.2, yes: true, no: false, least: 5e-324 },
          time: new Date(-62_135_596_800_001),
        },
        runId: 'run-2',
        collectedAt: new Date('2026-11-21T20:00:00.001Z'),
        provisional: true,
      },
    ];
    const ids = await outbox.append('store', entries, declared);
    outbox.close();
    outbox = await open();
    const rows = await outbox.read('store', { limit: 10 });
    expect(rows.map((row) => row.entry)).toStrictEqual(entries);
    expect(rows.map((row) => row.id)).toEqual(ids);
  });

  it('keeps sinks apart, and pages by id and by run', async () => {
    await outbox.append('a', entriesOf(0, 4, 'run-1'), declared);
    await outbox.append('b', entriesOf(100, 4, 'run-1'), declared);
    await outbox.append('a', entriesOf(4, 4, 'run-2'), declared);
    await outbox.append('a', entriesOf(8, 2, 'run-1'), declared);
    expect(await pending('a')).toEqual(range(0, 10));
    expect(await pending('b')).toEqual(range(100, 104));
    expect(await pending('a', 'run-2')).toEqual([4, 5, 6, 7]);
    expect(await pending('a', 'run-1')).toEqual([0, 1, 2, 3, 8, 9]);
    expect(await pending('a', 'run-3')).toEqual([]);
    expect(await pending('nobody')).toEqual([]);

    const first = await outbox.read('a', { limit: 3 });
    const second = await outbox.read('a', { limit: 3, after: first.at(-1)?.id });
    expect(numbersOf(second.map((row) => row.entry))).toEqual([3, 4, 5]);
    const ofRun = await outbox.read('a', { limit: 3, after: second.at(-1)?.id, run: 'run-1' });
    expect(numbersOf(ofRun.map((row) => row.entry))).toEqual([8, 9]);
  });

  it('does nothing for no entries', async () => {
    expect(await outbox.append('a', [], declared)).toEqual([]);
    expect(await outbox.acknowledge([])).toBe(0);
    expect(await outbox.counts()).toEqual([]);
  });

  it('stores nothing of a batch with an entry that cannot be kept', async () => {
    const [good, bad] = entriesOf(0, 2) as [Entry, Entry];
    const broken = { ...bad, point: { ...bad.point, fields: { number: Number.NaN } } };
    await expect(outbox.append('a', [good, broken], declared)).rejects.toThrow(/number is NaN/);
    expect(await outbox.counts()).toEqual([]);
  });
});

describe('acknowledge and reject', () => {
  it('forgets what was delivered, and never uses an id again', async () => {
    const ids = await outbox.append('a', entriesOf(0, 5), declared);
    expect(await outbox.acknowledge(ids.slice(0, 2))).toBe(2);
    expect(await outbox.acknowledge(ids)).toBe(3);
    expect(await outbox.acknowledge(ids)).toBe(0);
    outbox.close();
    outbox = await open();
    const later = await outbox.append('a', entriesOf(5, 5), declared);
    expect(Math.min(...later)).toBeGreaterThan(Math.max(...ids));
    expect(await outbox.acknowledge(ids)).toBe(0);
    expect(await pending('a')).toEqual(range(5, 10));
  });

  it('keeps what was refused, with the reason, and counts it', async () => {
    const ids = await outbox.append('a', entriesOf(0, 6), declared);
    const refusals = ids.slice(0, 3).map((id, index) => ({ id, reason: index === 0 ? 'too old' : 'wrong type' }));
    expect(await outbox.reject(refusals)).toBe(3);
    expect(await outbox.reject(refusals)).toBe(0);
    const [refused] = entriesOf(50, 1) as [Entry];
    await outbox.rejectNew('a', [{ entry: refused, reason: 'too old' }], declared);
    await outbox.rejectNew('b', [{ entry: refused, reason: 'no' }], declared);

    expect(await pending('a')).toEqual([3, 4, 5]);
    const [a, b, ...others] = await outbox.counts();
    expect(a).toMatchObject({ sink: 'a', pending: 3, rejected: 4, since: new Date(1_795_000_001_003) });
    expect(a?.reasons).toEqual([
      { reason: 'too old', entries: 2 },
      { reason: 'wrong type', entries: 2 },
    ]);
    expect(b).toMatchObject({ sink: 'b', pending: 0, rejected: 1, since: undefined, reasons: [{ reason: 'no', entries: 1 }] });
    expect(others).toEqual([]);
  });

  it('keeps the beginning of a long reason, and never an empty one', async () => {
    const ids = await outbox.append('a', entriesOf(0, 2), declared);
    await outbox.reject([
      { id: ids[0] as number, reason: `unable to parse ${'x'.repeat(10_000)}` },
      { id: ids[1] as number, reason: ' \0' },
    ]);
    const [counts] = await outbox.counts();
    expect(counts).toMatchObject({ pending: 0, rejected: 2 });
    expect(counts?.reasons.map(({ reason }) => reason).sort()).toEqual(['no reason given', `unable to parse ${'x'.repeat(484)}`]);
  });

  it('makes refused entries pending again in their old place, by sink and run', async () => {
    const one = await outbox.append('a', entriesOf(0, 3, 'run-1'), declared);
    const two = await outbox.append('a', entriesOf(3, 3, 'run-2'), declared);
    const three = await outbox.append('b', entriesOf(6, 1, 'run-1'), declared);
    await outbox.reject([one[1], two[1], three[0]].map((id) => ({ id: id as number, reason: 'no' })));

    expect(await outbox.restore({ sink: 'a', run: 'run-2' })).toEqual(new Map([['a', 1]]));
    expect(await pending('a')).toEqual([0, 2, 3, 4, 5]);
    expect(await outbox.restore()).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
    expect(await pending('a')).toEqual(range(0, 6));
    expect(await count('a')).toEqual({ pending: 6, rejected: 0 });
    expect(await outbox.restore()).toEqual(new Map());
  });
});

describe('counts and drop', () => {
  it('counts by sink and by run', async () => {
    await outbox.append('a', entriesOf(0, 3, 'run-1'), declared);
    const ids = await outbox.append('a', entriesOf(3, 4, 'run-2'), declared);
    await outbox.reject([{ id: ids[0] as number, reason: 'no' }]);
    expect(await count('a')).toEqual({ pending: 6, rejected: 1 });
    expect(await count('a', 'run-1')).toEqual({ pending: 3, rejected: 0 });
    expect(await count('a', 'run-2')).toEqual({ pending: 3, rejected: 1 });
    expect(await count('a', 'run-3')).toEqual({ pending: 0, rejected: 0 });
    const [ofRun] = await outbox.counts({ run: 'run-2' });
    expect(ofRun).toMatchObject({ sink: 'a', since: new Date(1_795_000_001_004) });
  });

  it('drops what is pending, or what was refused, by sink and run', async () => {
    const ids = await outbox.append('a', entriesOf(0, 4, 'run-1'), declared);
    await outbox.append('a', entriesOf(4, 4, 'run-2'), declared);
    await outbox.append('b', entriesOf(8, 4, 'run-2'), declared);
    await outbox.reject([{ id: ids[0] as number, reason: 'no' }]);
    expect(await outbox.drop({ sink: 'a', run: 'run-2', rejected: true })).toEqual(new Map());
    expect(await outbox.drop({ run: 'run-2' })).toEqual(
      new Map([
        ['a', 4],
        ['b', 4],
      ]),
    );
    expect(await pending('a')).toEqual([1, 2, 3]);
    expect(await outbox.drop({ sink: 'a' })).toEqual(new Map([['a', 3]]));
    expect(await count('a')).toEqual({ pending: 0, rejected: 1 });
    expect(await outbox.drop({ rejected: true })).toEqual(new Map([['a', 1]]));
    expect(await outbox.counts()).toEqual([]);
  });

  it('drops more than one page, and leaves nothing of it behind', async () => {
    for (let first = 0; first < 5000; first += 1000) await outbox.append('a', entriesOf(first, 1000, 'run-1'), declared);
    await outbox.append('a', entriesOf(5000, 10, 'run-2'), declared);
    expect(await outbox.drop({ run: 'run-1' })).toEqual(new Map([['a', 5000]]));
    expect(await pending('a')).toEqual(range(5000, 5010));
    await outbox.drop();
    outbox.close();
    const file = new DatabaseSync(join(dir, 'outbox.db'));
    for (const table of ['pending', 'rejected', 'tally', 'run', 'measurement']) {
      expect(file.prepare(`select count(*) as rows from ${table}`).get()).toEqual({ rows: 0 });
    }
    file.close();
  });
});

describe('measurements', () => {
  const declare = (help: string) => measurement('sample', { help, time: 'event', tags: { source: 'where' }, fields: { number: gauge() } });

  it('are stored once with the entries, and go with the last of them', async () => {
    const [first, second] = [declare('first'), declare('second')];
    const old = await outbox.append('a', entriesOf(0, 2), () => first);
    await outbox.append('a', entriesOf(2, 2), () => second);
    await outbox.append('b', entriesOf(4, 2), () => declare('first'));
    const plain = (one: unknown) => JSON.parse(JSON.stringify(one));
    expect(await outbox.measurements('a')).toEqual([plain(first), plain(second)]);
    expect(await outbox.measurements('b')).toEqual([plain(first)]);
    expect(await outbox.measurement('sample')).toEqual(plain(second));
    expect(await outbox.measurement('sample', 'b')).toEqual(plain(first));
    expect(await outbox.measurement('other')).toBeUndefined();
    expect(await outbox.measurement('sample', 'nobody')).toBeUndefined();

    await outbox.acknowledge(old);
    expect(await outbox.measurements('a')).toEqual([plain(second)]);
    await outbox.drop();
    expect(await outbox.measurement('sample')).toBeUndefined();
  });
});

describe('space', () => {
  it('takes no more than it may, whole batches only, and takes again what was made room for', async () => {
    const bytes = 40_000;
    outbox.close();
    outbox = await open(bytes);
    const error = await (async () => {
      for (let first = 0; ; first += 10) await outbox.append('a', entriesOf(first, 10), declared);
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutboxFullError);
    expect(String(error)).toMatch(/outbox\.db holds the 40000 bytes that outbox\.maxBytes allows: send or drop/);
    const [counts] = await outbox.counts();
    expect(counts?.bytes).toBeLessThanOrEqual(bytes);
    expect(counts?.bytes).toBeGreaterThan(bytes * 0.9);
    expect((counts?.pending ?? 0) % 10).toBe(0);
    const refusals = entriesOf(0, 30).map((entry) => ({ entry, reason: 'no' }));
    await expect(outbox.rejectNew('b', refusals, declared)).rejects.toBeInstanceOf(OutboxFullError);

    // Moving what is there needs no room, and gives none.
    const page = await outbox.read('a', { limit: 20 });
    await outbox.reject(page.map(({ id }) => ({ id, reason: 'no' })));
    const moved = (await outbox.counts())[0];
    expect(moved).toMatchObject({ pending: (counts?.pending ?? 0) - 20, rejected: 20, bytes: (counts?.bytes ?? 0) + 20 * 'no'.length });
    await expect(outbox.append('a', entriesOf(0, 20), declared)).rejects.toBeInstanceOf(OutboxFullError);
    await outbox.drop({ rejected: true });
    await outbox.append('a', entriesOf(0, 20), declared);
  });

  it('counts bytes that are about those of the file, with one sink and with two', async () => {
    for (const sinks of [['a'], ['a', 'b']]) {
      for (let first = 0; first < 20_000; first += 500) {
        await outbox.append(sinks[(first / 500) % sinks.length] as string, entriesOf(first, 500), declared);
      }
      const bytes = (await outbox.counts()).reduce((sum, one) => sum + one.bytes, 0);
      const file = new DatabaseSync(join(dir, 'outbox.db'));
      file.exec('pragma wal_checkpoint(truncate)');
      file.close();
      expect(statSync(join(dir, 'outbox.db')).size / bytes).toBeGreaterThan(0.8);
      expect(statSync(join(dir, 'outbox.db')).size / bytes).toBeLessThan(1.15);
    }
  }, 30_000);

  it('uses freed space again, and gives it back when it is closed', async () => {
    const size = () => statSync(join(dir, 'outbox.db')).size;
    const checkpoint = () => {
      const file = new DatabaseSync(join(dir, 'outbox.db'));
      file.exec('pragma wal_checkpoint(truncate)');
      file.close();
    };
    const sizes: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let first = 0; first < 15_000; first += 1000) await outbox.append('a', entriesOf(first, 1000), declared);
      checkpoint();
      sizes.push(size());
      await outbox.drop();
    }
    expect(sizes[0]).toBeGreaterThan(2_000_000);
    expect(Math.max(...sizes)).toBeLessThan((sizes[0] as number) * 1.1);

    for (let first = 0; first < 30_000; first += 1000) await outbox.append('a', entriesOf(first, 1000), declared);
    await outbox.drop();
    await outbox.append('a', entriesOf(0, 10), declared);
    outbox.close();
    expect(size()).toBeLessThan(sizes[0] as number);
    outbox = await open();
    expect(await pending('a')).toEqual(range(0, 10));
  }, 30_000);
});

describe('two processes', () => {
  it('may use it at once', async () => {
    const other = await open();
    const mine = await outbox.append('a', entriesOf(0, 3), declared);
    await other.append('a', entriesOf(3, 3), declared);
    expect(await outbox.acknowledge(mine)).toBe(3);
    expect(await other.acknowledge(mine)).toBe(0);
    expect((await other.counts())[0]).toMatchObject({ pending: 3 });
    expect(await pending('a')).toEqual([3, 4, 5]);
    other.close();
  });

  it('says so when another has it locked for too long', async () => {
    const hasty = await open(1e9, 0);
    const other = new DatabaseSync(join(dir, 'outbox.db'));
    other.exec('begin immediate');
    const refused = hasty.append('a', entriesOf(0, 1), declared);
    await expect(refused).rejects.toBeInstanceOf(OutboxUnavailableError);
    await expect(refused).rejects.toThrow(/outbox\.db is locked by another process/);
    const waiting = outbox.append('a', entriesOf(0, 1), declared);
    other.exec('rollback');
    await waiting;
    expect(await pending('a')).toEqual([0]);
    other.close();
    hasty.close();
  });
});

describe('openOutbox', () => {
  it('refuses what it cannot use, in one sentence', async () => {
    const folder = join(dir, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, 'outbox.db'), 'not a database at all, but long enough to be read as one. '.repeat(20));
    const opening = openOutbox(folder, { maxBytes: 1, clock: systemClock });
    await expect(opening).rejects.toBeInstanceOf(ConfigError);
    await expect(opening).rejects.toThrow(/outbox\.db is damaged .*: move it away/);
  });

  it('may be closed twice', () => {
    outbox.close();
    outbox.close();
  });
});
