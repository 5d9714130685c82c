import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../src/testing/random.ts';
import { judge } from '../judge.ts';
import { openPlace, type Place, type Ran } from '../place.ts';
import type { Kind } from '../store.ts';
import { identitiesOf } from '../world.ts';
import type { Size, Trial } from './trial.ts';

/** An hour ago, to the second: the same in all runs of a trial. */
export function anHourAgo(): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
}

/** What is done to a place while points go in: it is told how many have, and tells how often it struck. */
interface Harm {
  delivered?(count: number): void;
  bites(): number;
  /** From now on nothing is done. */
  end(): Promise<void>;
}

/** A run of many points that is harmed, and then, in peace, `kpi outbox send`. Nothing is collected twice. */
async function harmed(kind: Kind, { points }: Size, harm: (place: Place) => Harm | undefined) {
  const place = await openPlace(kind);
  try {
    const harming = harm(place);
    if (!harming) return undefined;
    const at = anHourAgo();
    const reports: Ran[] = [await place.run('collect', { at, points, delivered: (count) => harming.delivered?.(count) })];
    await harming.end();
    const pending = reports[0]?.sink.backlog ?? 0;
    if (pending > 0) reports.push(await place.run('send', { at, points }));
    const wrong = reports.at(-1)?.exitCode === 0 ? [] : [`the last command ended with ${reports.at(-1)?.exitCode}`];
    return judge({
      rerun: kind.rerun,
      bites: harming.bites(),
      expected: identitiesOf(points, at),
      held: await place.store.identities(),
      reports: reports.map(({ sink }) => sink),
      note: pending > 0 ? `${pending} came with \`outbox send\`` : '',
      wrong,
    });
  } finally {
    await place.close();
  }
}

/** So many seeded moments, in points that were delivered. */
function momentsOf({ points, moments, seed }: Size): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: moments }, () => Math.floor(points * (0.02 + 0.8 * random()))).sort((one, other) => one - other);
}

export const stops: Trial = {
  what: 'stopped in the middle and started again',
  run: (kind, size) =>
    harmed(kind, size, (place) => {
      if (!place.stops) return undefined;
      const moments = momentsOf(size);
      const random = seededRandom(size.seed + 1);
      let stopped: Promise<void> | undefined;
      let bites = 0;
      async function stop(): Promise<void> {
        bites++;
        await place.stop();
        await sleep(200 + random() * 1300);
        await place.start();
        stopped = undefined;
      }
      return {
        delivered(count) {
          if (stopped || moments[0] === undefined || count < moments[0]) return;
          moments.shift();
          stopped = stop();
        },
        bites: () => bites,
        end: async () => await stopped,
      };
    }),
};

export const resets: Trial = {
  what: 'connections reset in the middle of a request',
  run: (kind, size) =>
    harmed(kind, size, ({ proxy }) => {
      if (!proxy) return undefined;
      const moments = momentsOf(size);
      return {
        delivered(count) {
          if (moments[0] === undefined || count < moments[0]) return;
          moments.shift();
          proxy.resetNext();
        },
        bites: () => proxy.bites,
        end: async () => {},
      };
    }),
};

export const lostAnswers: Trial = {
  what: 'answers lost after the commit',
  run: (kind, size) =>
    harmed(kind, size, ({ proxy }) => {
      if (!proxy) return undefined;
      const random = seededRandom(size.seed);
      // The first for certain.
      proxy.losing = () => proxy.bites === 0 || random() < 0.3;
      return {
        bites: () => proxy.bites,
        async end() {
          proxy.losing = undefined;
        },
      };
    }),
};
