import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { describeProviders } from '../src/engine/describe.ts';
import { providers } from '../src/providers/index.ts';
import type { History, Measurement } from '../src/sdk/measurement.ts';
import { durationMs } from '../src/sdk/time.ts';
import { createTestClock } from '../src/testing/clock.ts';
import type { StandInRequest } from '../src/testing/stand-in.ts';
import { inFolder, runCell } from './faults/run-cell.ts';
import { providerNames, started } from './faults/upstreams.ts';
import { knownTimes, type Subject, subjects, text } from './history/subjects.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const begun = '2026-11-21T20:03:00.000Z';

const declared = new Map(
  (await describeProviders(providers)).flatMap(({ measurements = [] }) => measurements.map((one) => [one.name, one] as const)),
);

it('every measurement with a past is proven here', () => {
  const names = [...declared.values()].filter(({ history }) => history !== undefined).map(({ name }) => name);
  // The reports of Google Analytics are what the config names; all of them declare the same.
  const known = names.filter((name) => name !== 'google_analytics_docs');
  expect(subjects.map(({ measurement }) => measurement).toSorted()).toEqual(known.toSorted());
  expect(declared.get('google_analytics_docs')?.history).toEqual(declared.get('google_analytics_traffic')?.history);
});

describe.each(subjects)('$measurement', (subject) => {
  const { time, history = {} } = declared.get(subject.measurement) as Measurement;
  const lagMs = (history.zone ?? 'UTC') === 'UTC' ? 0 : 14 * hourMs;
  const settleMs = ms(history, 'settle') ?? 0;

  /** 00:00Z of the date, or of the first of the month. */
  function startOf(moment: number): number {
    const day = Math.floor(moment / dayMs) * dayMs;
    return time === 'month' ? new Date(day).setUTCDate(1) : day;
  }

  const known = (now: number) => knownTimes(time, now);

  /** The times in a window; nothing that is older than the upstream tells. */
  function within(from: number, to: number, now: number): readonly string[] {
    const oldest = now - (ms(history, 'depth') ?? Number.POSITIVE_INFINITY);
    return known(now).filter((one) => Date.parse(one) >= Math.max(startOf(from), oldest) && Date.parse(one) < to);
  }

  /** Whether a number may still change: its day or month is not over where it is counted, or it has not settled. */
  function isOpen(one: string, now: number): boolean {
    const start = Date.parse(one);
    if (time === 'event') return start + settleMs > now;
    const end = time === 'day' ? start + dayMs : new Date(start).setUTCMonth(new Date(start).getUTCMonth() + 1);
    return end + subject.lagHours * hourMs + settleMs > now;
  }

  it('is collected as it declares', async () => {
    const clock = createTestClock(begun);
    const now = () => clock.now().getTime();
    const played = await subject.start(clock.now);
    const revised = new Set<string>();
    // From the first numbers to the others, or back.
    const revise = (one: string) => revised.delete(one) || revised.add(one);
    try {
      await inFolder(async (dir) => {
        const { standIn } = played.upstream;
        async function run(at?: Date) {
          played.show(known(now()), revised);
          const seen = standIn.requests.length;
          const entry = { ...played.upstream.entry, every: '4h', only: [subject.measurement] };
          const upstreams = new Map([['it', { ...played.upstream, entry, truth: () => [] }]]);
          const { report } = await runCell({ dir, upstreams, clock, ...(at && { at }) });
          expect([report.exitCode, report.providers[0]?.problems.filter(({ severity }) => severity === 'error')]).toEqual([0, []]);
          expect(standIn.unexpected).toEqual([]);
          const rows = rowsIn(dir, subject);
          const written = [...rows].filter(([, row]) => row.runId === report.runId).map(([key]) => key);
          // What this run wrote says rightly whether it may still change.
          expect(written.filter((key) => rows.get(key)?.isProvisional)).toEqual(written.filter((key) => isOpen(key, now())));
          return { at: Date.parse(report.providers[0]?.at ?? ''), rows, written, requests: standIn.requests.slice(seen) };
        }

        function expectWindow({ written, at, requests }: Awaited<ReturnType<typeof run>>, from: number): void {
          expect(written).toEqual(within(from, at, now()));
          expectAsked(subject, requests, [text(new Date(startOf(from))), text(new Date(time === 'event' ? at : startOf(at - 1)))]);
        }

        // First as far back as it says, and no further than the upstream tells.
        const first = await run();
        expectWindow(first, first.at - (ms(history, 'first') ?? settleMs) - lagMs);
        expect(first.rows.size).toBe(first.written.length);

        // A day later what was not final, and nothing else; a number that was revised takes the place of the old one.
        clock.advance(dayMs);
        const fromSecond = first.at - settleMs - lagMs;
        const open = first.written.find((key) => isOpen(key, first.at)) as string;
        const closed = first.written.findLast((key) => Date.parse(key) < startOf(fromSecond)) as string;
        expect([open >= text(new Date(startOf(fromSecond))), isOpen(closed, first.at)]).toEqual([true, false]);
        revise(open);
        revise(closed);
        const second = await run();
        expectWindow(second, fromSecond);
        expect(second.rows.get(open)?.value).not.toBe(first.rows.get(open)?.value);
        expect(second.rows.get(closed)).toEqual(first.rows.get(closed));
        expect([...second.rows.keys()]).toEqual([...new Set([...first.rows.keys(), ...second.written])]);

        // The same run again: no other row, and the numbers of now.
        clock.advance(hourMs / 2);
        const last = second.written.at(-1) as string;
        revise(last);
        const again = await run(new Date(second.at));
        expect(again.at).toBe(second.at);
        expectWindow(again, second.at - settleMs - lagMs);
        expect([...again.rows.keys()]).toEqual([...second.rows.keys()]);
        expect(again.rows.get(last)?.value).not.toBe(second.rows.get(last)?.value);

        // Runs that did not come are made up for.
        clock.advance(10 * dayMs);
        const late = await run();
        expectWindow(late, second.at - settleMs - lagMs);
        expect(gaps(late.rows)).toEqual([]);
        expect([...late.rows].filter(([key, { isProvisional }]) => isProvisional && !isOpen(key, late.at))).toEqual([]);

        // But for what the upstream tells no more.
        clock.advance(40 * dayMs);
        const tooLate = await run();
        const lost = known(now()).filter((key) => key > (late.written.at(-1) ?? '') && key < (tooLate.written[0] ?? ''));
        expect(gaps(tooLate.rows)).toEqual(lost);
        expect(lost.length > 0).toBe((ms(history, 'depth') ?? Number.POSITIVE_INFINITY) < 40 * dayMs);

        function gaps(rows: ReadonlyMap<string, unknown>): readonly string[] {
          const keys = [...rows.keys()];
          return known(now()).filter((key) => key > (keys[0] ?? '') && key < (keys.at(-1) ?? '') && !rows.has(key));
        }
      });
    } finally {
      await played.upstream.standIn.close();
    }
  });
});

describe('snapshots', () => {
  it.each(providerNames)('of %s: the same run writes the same rows, and one that is too late none', async (name) => {
    const clock = createTestClock(begun);
    await using upstream = await started(name, { world: 'Again', light: true, now: clock.now });
    await inFolder(async (dir) => {
      const upstreams = new Map([['it', { ...upstream, entry: { ...upstream.entry, every: '4h' } }]]);
      const count = (rows: readonly { readonly measurement: string }[]) =>
        Object.fromEntries([...Map.groupBy(rows, ({ measurement }) => measurement)].map(([one, list]) => [one, list.length]));
      const first = await runCell({ dir, upstreams, clock });
      expect(first.report.exitCode).toBe(0);
      clock.advance(hourMs / 2);
      const again = await runCell({ dir, upstreams, clock });
      expect([again.report.providers[0]?.at, again.report.exitCode]).toEqual([first.report.providers[0]?.at, 0]);
      const expected = Object.fromEntries(
        Object.entries(count(first.stored)).map(([one, rows]) => [one, one === 'website_check' ? rows + 1 : rows]),
      );
      expect(count(again.stored)).toEqual(expected);

      const before = count(again.stored);
      const at = new Date(clock.now().getTime() - 9 * hourMs);
      const { report, stored } = await runCell({ dir, upstreams, clock, at });
      const isSnapshot = (one: string) => declared.get(one)?.time === 'snapshot';
      const snapshots = (counts: Readonly<Record<string, number>>) => Object.entries(counts).filter(([one]) => isSnapshot(one));
      expect(snapshots(count(stored))).toEqual(snapshots(before));
      if (snapshots(before).length > 0) expect(report.exitCode).not.toBe(0);
    });
  });
});

function ms(history: History, key: 'depth' | 'first' | 'settle'): number | undefined {
  return durationMs(history[key] ?? '');
}

function expectAsked(subject: Subject, requests: readonly StandInRequest[], expected: readonly [string, string]): void {
  if (!subject.asks) return;
  const asked = requests.flatMap((request) => [subject.asks?.(request) ?? []].filter(([from]) => from !== undefined));
  expect([
    asked.map(([from]) => from).toSorted()[0],
    asked
      .map(([, to]) => to)
      .toSorted()
      .at(-1),
  ]).toEqual(expected);
}

interface StoredRow {
  readonly value: unknown;
  readonly runId: unknown;
  readonly isProvisional: boolean;
}

/** What is stored, by time. */
function rowsIn(dir: string, { measurement, field }: Subject): ReadonlyMap<string, StoredRow> {
  const database = new DatabaseSync(join(dir, 'kpi.db'), { readOnly: true });
  const rows = database.prepare(`select time, "${field}" as value, run_id, provisional from "${measurement}" order by time`).all();
  database.close();
  return new Map(
    rows.map((row) => [text(new Date(String(row.time))), { value: row.value, runId: row.run_id, isProvisional: row.provisional === 1 }]),
  );
}
