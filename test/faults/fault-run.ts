import { formatDuration } from '../../src/sdk/time.ts';
import { createTestClock } from '../../src/testing/clock.ts';
import type { FaultName, StandInRequest } from '../../src/testing/stand-in.ts';
import { type Cell, world } from './cells.ts';
import { matrix } from './matrix.ts';
import { inFolder, runCell, type Seen } from './run-cell.ts';
import { faultOf, kinds, type ProviderName, providerNames, type Row, type Upstream } from './upstreams.ts';

/** Faults of lists: they need more than one page. */
const paged: readonly FaultName[] = ['page-twice', 'endless-pages', 'cursor-repeats'];
/** Faults that cost real time, which is the try's time limit: here a short one, for what cannot be answered in time anyway. */
const slow: readonly FaultName[] = ['hang', 'drip'];
const slowMs = 500;
/**
 * Whose first request is well, whatever the fault: GraphQL's before what is asked of REST, that of a NuGet feed of the service index,
 * Reddit's of a token, Stack Overflow's of the tags.
 */
const firstIsWell: readonly ProviderName[] = ['github-traffic', 'nuget', 'reddit', 'sdkbin', 'stackoverflow'];

/** Instances that are well, by their names: one of every provider. */
export type Neighbours = ReadonlyMap<string, Upstream>;

/** An upstream that misbehaved, and what became of it. */
export interface Spoilt {
  readonly provider: ProviderName;
  readonly cell: Cell;
  readonly upstream: Upstream;
  /** What it was asked in the run. */
  readonly arrived: readonly StandInRequest[];
  /** How often the fault befell a request. */
  readonly bites: number;
  /** The rows that a run before stored, where they stay. */
  readonly earlier: readonly Row[];
}

export interface FaultRun {
  readonly fault: FaultName;
  readonly isSlow: boolean;
  readonly seen: Seen;
  readonly spoilt: readonly Spoilt[];
}

/** Starts an instance of every provider that is well. They are light, and shared by all runs. */
export async function startNeighbours(): Promise<Neighbours> {
  const neighbours = new Map<string, Upstream>();
  for (const name of providerNames) {
    neighbours.set(`good-${name}`, await kinds[name].start({ world: 'Good', light: true, now: () => createTestClock().now() }));
  }
  return neighbours;
}

/**
 * One run of the whole engine in which every provider that can have the fault has it, each at an upstream of its own, beside the
 * neighbours: so each of these is seen to be spared by each of those, at the cost of one run.
 */
export async function runFault(fault: FaultName, neighbours: Neighbours): Promise<FaultRun> {
  const clock = createTestClock();
  const isSlow = slow.includes(fault);
  const own = new Map<string, Upstream>();
  for (const name of providerNames) {
    if (matrix[name][fault] === undefined) continue;
    const options = { world, pages: paged.includes(fault), timeout: isSlow ? '3s' : '10s', now: () => clock.now() };
    own.set(name, await kinds[name].start(options));
  }
  try {
    return await inFolder(async (dir) => {
      const upstreams = new Map([...own, ...neighbours]);
      if (fault === 'falling-counter') {
        const { report } = await runCell({ dir, upstreams, clock });
        if (report.exitCode !== 0) throw new Error(`the run before it ended with ${report.exitCode}`);
        clock.advance(3_600_000);
      }
      const earlier = new Map<string, readonly Row[]>();
      for (const [name, { standIn, truth }] of own) {
        standIn.misbehave(faultOf(name as ProviderName, fault));
        if (fault === 'falling-counter')
          earlier.set(
            name,
            truth(name).filter(({ time }) => time === undefined),
          );
        if (fault === 'refuse' && name === 'website') await fetch(standIn.url).catch(() => {});
      }
      const before = new Map([...own].map(([name, { standIn }]) => [name, standIn.requests.length]));
      const isFaulty = (name: string) => !firstIsWell.includes(name as ProviderName) || (own.get(name)?.standIn.requests.length ?? 0) > 0;
      const timeoutMs = (instance: string) => (isSlow && own.has(instance) && isFaulty(instance) ? slowMs : undefined);
      const seen = await runCell({ dir, upstreams, clock, timeoutMs });
      const spoilt = [...own].map(([name, upstream]) => ({
        provider: name as ProviderName,
        cell: matrix[name as ProviderName][fault] as Cell,
        upstream,
        arrived: upstream.standIn.requests.slice(before.get(name)),
        bites: upstream.standIn.bites,
        earlier: earlier.get(name) ?? [],
      }));
      return { fault, isSlow, seen, spoilt };
    });
  } finally {
    for (const { standIn } of own.values()) await standIn.close();
  }
}

/** A message without addresses, times, and the time limit of the slow. */
export function withoutPlaces(message: string, { url, other }: Upstream['standIn']): string {
  return message
    .replaceAll(new URL(url).host, '{host}')
    .replaceAll(new URL(other.url).host, '{other}')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{time}')
    .replaceAll(`within ${formatDuration(slowMs)}`, 'within {limit}');
}
