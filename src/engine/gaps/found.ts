import type { Tags } from '../../sdk/point.ts';
import { inShell } from '../../sdk/shell.ts';
import { joined, type Ranges, withRange } from '../ranges.ts';
import type { Part } from './judge.ts';

/** Periods in which series of a measurement have no point. Times are ISO 8601. */
export interface Gap {
  readonly measurement: string;
  /** The providers that declare it, and whose tags the series have. */
  readonly providers: readonly string[];
  /** The start of the first of them, and of the one after the last. */
  readonly from: string;
  readonly to: string;
  /** How many series, and the first of them by their tags. */
  readonly series: number;
  readonly examples: readonly Tags[];
  /** Some of its periods have a point in another series. */
  readonly othersHave: boolean;
  readonly status: 'recoverable' | 'lost';
  /** What brings them. */
  readonly command?: string;
  /** From then on the first of them is lost. */
  readonly lostOn?: string;
}

/** What brings all that can be had of some providers. */
export interface Fix {
  readonly providers: readonly string[];
  /** A backfill, or a run at a time. */
  readonly from?: string;
  readonly to?: string;
  readonly at?: string;
  readonly command: string;
}

export interface FoundGaps {
  readonly gaps: readonly Gap[];
  /** Further ones, that are only counted. */
  readonly more: number;
  readonly fixes: readonly Fix[];
}

const mostGaps = 1000;
const examplesKept = 3;
/** Backfills that lie so near to each other are one. */
const nearMs = 7 * 86_400_000;

interface Group {
  readonly measurement: string;
  readonly providers: readonly string[];
  readonly part: Part;
  readonly examples: Tags[];
  series: number;
  othersHave: boolean;
}

/** Collects gaps: those of many series in the same periods are one, and no more than so many are kept. */
export function createFound() {
  const groups = new Map<string, Group>();
  const ranges = new Map<string, { readonly providers: readonly string[]; ranges: Ranges }>();
  const times = new Map<string, { readonly providers: readonly string[]; readonly at: Set<number> }>();
  let more = 0;

  return {
    add(measurement: string, providers: readonly string[], tags: Tags, part: Part): void {
      const [from, to] = part.range;
      const who = providers.join();
      if (part.recoverable === 'range') {
        const known = ranges.get(who) ?? { providers, ranges: [] };
        ranges.set(who, { providers, ranges: withRange(known.ranges, part.range) });
      } else if (part.recoverable === 'at') {
        const known = times.get(who) ?? { providers, at: new Set() };
        times.set(who, known);
        known.at.add(from);
      }
      const key = JSON.stringify([measurement, who, from, to, part.recoverable]);
      const group = groups.get(key) ?? { measurement, providers, part, examples: [], series: 0, othersHave: false };
      if (group.series === 0 && groups.size >= mostGaps) {
        more++;
        return;
      }
      groups.set(key, group);
      group.series++;
      if (group.examples.length < examplesKept) group.examples.push(tags);
    },

    /** Once a measurement was read: whether others have a point in what some lack. */
    compare(measurement: string, starts: ReadonlySet<number>): void {
      const ordered = [...starts].sort((one, other) => one - other);
      for (const group of groups.values()) {
        if (group.measurement !== measurement) continue;
        const [from, to] = group.part.range;
        group.othersHave = (firstFrom(ordered, from) ?? to) < to;
      }
    },

    end(): FoundGaps {
      const gaps = [...groups.values()].map(gapOf);
      const order = (gap: Gap) => `${gap.measurement} ${gap.from} ${gap.to}`;
      const fixes = [
        ...[...ranges.values()].flatMap(({ providers, ranges: all }) => joined(all, nearMs).map((range) => rangeFix(providers, range))),
        ...[...times.values()].flatMap(({ providers, at }) => [...at].map((time) => timeFix(providers, time))),
      ];
      return { gaps: gaps.sort((one, other) => (order(one) < order(other) ? -1 : 1)), more, fixes };
    },
  };
}

export type Found = ReturnType<typeof createFound>;

function gapOf({ measurement, providers, part, series, examples, othersHave }: Group): Gap {
  const [from, to] = part.range;
  const fix =
    part.recoverable === 'at' ? timeFix(providers, from) : part.recoverable === 'range' ? rangeFix(providers, part.range) : undefined;
  return {
    measurement,
    providers,
    from: iso(from),
    to: iso(to),
    series,
    examples,
    othersHave,
    status: fix ? 'recoverable' : 'lost',
    ...(fix && { command: fix.command }),
    ...(part.lostOn !== undefined && { lostOn: iso(part.lostOn) }),
  };
}

function rangeFix(providers: readonly string[], [start, end]: readonly [number, number]): Fix {
  const [from, to] = [shortest(start), shortest(end)];
  return { providers, from, to, command: `kpi collect --from ${from} --to ${to} --providers ${inShell(providers.join())}` };
}

function timeFix(providers: readonly string[], time: number): Fix {
  const at = shortest(time);
  return { providers, at, command: `kpi collect --at ${at} --providers ${inShell(providers.join())}` };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** A date where it is one, else to the minute. */
function shortest(time: number): string {
  const text = iso(time);
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace(/(?::00)?\.000Z$/, 'Z');
}

/** The first of an ascending list that is not before. */
function firstFrom(ordered: readonly number[], from: number): number | undefined {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return ordered[low];
}
