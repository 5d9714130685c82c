import { z } from 'zod';
import type { ProviderInstance } from '../../src/engine/config/config.ts';
import type { Period } from '../../src/engine/period.ts';
import { PermanentError } from '../../src/sdk/errors.ts';
import { gauge, type History, measurement } from '../../src/sdk/measurement.ts';
import type { Point } from '../../src/sdk/point.ts';
import { defineProvider } from '../../src/sdk/provider.ts';
import type { Window } from '../../src/sdk/time.ts';
import type { TestClock } from '../../src/testing/clock.ts';
import { periodsBetween, tell, type Upstream } from './upstream.ts';

/** How a run of the shop goes wrong. */
export type ShopFault = 'connect' | 'shop' | 'period';

export interface ShopOptions {
  readonly upstream: Upstream;
  readonly clock: TestClock;
  readonly history: History;
  readonly every?: Period | undefined;
  readonly settleMs?: number | undefined;
  /** It tells of the last weeks, of tomorrow, and of more where it is asked for more. */
  readonly tellsAll?: boolean;
  readonly fault?: ShopFault | undefined;
  /** How long it takes before it answers for each shop. */
  readonly slowMs?: number;
  asked(window: Window): void;
  /** Told when a shop is about to answer; what it throws is the shop's failure. */
  answered?(shop: number, now: number, window: { readonly from: string; readonly to: string }): void;
}

interface Target {
  readonly shop: number;
  readonly from: string;
  readonly to: string;
}

const dayMs = 86_400_000;
/** Longer than most windows. */
const tellsBackMs = 40 * dayMs;

/** The provider of a shop that the upstream tells of: an account each, each in its zone. */
export function shop(options: ShopOptions): ProviderInstance {
  const { upstream, clock, fault, every, settleMs } = options;
  const sales = measurement('shop_sales', {
    help: 'Sales of a shop.',
    time: upstream.unit,
    tags: { shop: 'its number' },
    fields: { n: gauge(), late: gauge() },
    history: options.history,
  });

  async function* collect({ shop, from, to }: Target, problem: (item: string, error: Error) => void): AsyncGenerator<Point> {
    if (options.slowMs) clock.advance(options.slowMs);
    const now = clock.now().getTime();
    options.answered?.(shop, now, { from, to });
    // A date that began in a zone ahead is told there, and asked for by nobody yet.
    const range = options.tellsAll
      ? { from: Math.min(Date.parse(from), now - tellsBackMs), to: now + dayMs }
      : { from: Date.parse(from), to: Date.parse(to) };
    const periods = periodsBetween(upstream.unit, range.from, range.to);
    const spoilt = shop === 0 && fault !== undefined ? periods[Math.floor(periods.length / 2)] : undefined;
    for (const period of periods) {
      if (period === spoilt && fault === 'shop') break;
      if (period === spoilt) continue;
      const told = tell(upstream, shop, period, now);
      if (told) yield sales.of({ tags: { shop: String(shop) }, fields: told, time: new Date(`${period}T00:00:00Z`) });
    }
    if (shop === 0 && fault === 'shop') throw new PermanentError('the shop is closed');
    if (shop === 0 && fault === 'period') problem(spoilt ?? 'a day', new PermanentError('it cannot be read'));
  }

  const provider = defineProvider<object, Target>({
    name: 'shop',
    help: '',
    settings: z.object({}),
    example: {},
    measurements: () => [sales],
    limits: () => [{ name: 'calls', key: ['shop'], concurrency: 1, source: 'a test' }],
    targets(_, { windows }) {
      const window = windows[sales.name];
      if (!window) return [];
      options.asked(window);
      return upstream.zones.map((_zone, place) => ({ shop: place, from: window.from.toISOString(), to: window.to.toISOString() }));
    },
    label: (target) => `shop ${target.shop}`,
    async connect() {
      if (fault === 'connect') throw new PermanentError('nobody is there');
      return {
        collect: (target, context) => collect(target, context.problem),
        zone: (target) => upstream.zones[target.shop] ?? 'UTC',
        close: async () => {},
      };
    },
  });
  const instance = { name: 'shop', type: 'shop', provider, settings: {}, enabled: true, selected: true, required: true, tags: {} };
  return { ...instance, every, ...(settleMs !== undefined && { settleMs }) };
}
