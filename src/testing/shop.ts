import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../engine/clock.ts';
import { type CollectFlags, collect } from '../engine/collect.ts';
import type { Config, ProviderInstance, SinkInstance } from '../engine/config/config.ts';
import { type Period, parsePeriod } from '../engine/period.ts';
import { createRedactor } from '../engine/redact.ts';
import type { ProviderContext } from '../sdk/context.ts';
import { PermanentError } from '../sdk/errors.ts';
import { gauge, type Measurement, measurement } from '../sdk/measurement.ts';
import { type Entry, type Point, seriesText } from '../sdk/point.ts';
import { defineProvider } from '../sdk/provider.ts';
import type { RunReport } from '../sdk/report.ts';
import { defineSink, type Store } from '../sdk/sink.ts';
import type { Window } from '../sdk/time.ts';
import { createTestOutside } from './outside.ts';

/** How many stand in a shop, as it is, and what it sold, by day. */
export const stock = measurement('shop_stock', { help: '', time: 'snapshot', tags: { city: '' }, fields: { n: gauge() } });
export const sales = measurement('shop_sales', {
  help: '',
  time: 'day',
  tags: { city: '' },
  fields: { n: gauge() },
  history: { first: '2d', settle: '1d', depth: '10d' },
});

/** One city, the shops in it that are asked, and for which days. */
export interface City {
  readonly city: string;
  readonly shops?: readonly string[];
  readonly sales?: Window | { readonly from: string; readonly to: string };
}

/** What a test wants of a provider, and what it did. */
export interface Shop {
  readonly cities?: readonly string[];
  readonly measurements?: readonly Measurement[];
  readonly every?: string;
  readonly more?: Partial<ProviderInstance>;
  /** Throws, or tells of problems, to fail a target. */
  fails?(target: City, context: ProviderContext): void;
  /** Throws to fail the connection. */
  connects?(): void;
}

/** A few runs of one config, over real state and outbox in `dir`, with providers and a sink that are made up. */
export function createShops(dir: string, clock: Clock, shops: Readonly<Record<string, Shop>>) {
  const asked: { readonly instance: string; readonly at: string; readonly target: City }[] = [];
  const stored = new Map<string, Entry>();
  const outside = createTestOutside({ cwd: dir, clock });
  let refusal: Error | undefined;

  function providerOf(name: string, shop: Shop): ProviderInstance {
    const declared = shop.measurements ?? [stock, sales];
    const provider = defineProvider<object, City>({
      name,
      help: '',
      settings: z.object({}),
      example: {},
      measurements: () => declared,
      limits: () => [{ name: 'calls', key: [name], concurrency: 4, source: 'a test' }],
      targets: (_settings, { windows }) =>
        (shop.cities ?? ['Riga', 'Oslo']).map((city) => ({ city, ...(windows[sales.name] && { sales: windows[sales.name] }) })),
      narrow: (target, items) => ({ ...target, shops: items }),
      label: ({ city }) => city,
      async connect() {
        shop.connects?.();
        return {
          async *collect(target, context): AsyncGenerator<Point> {
            asked.push({ instance: name, at: context.at.toISOString(), target: JSON.parse(JSON.stringify(target)) });
            shop.fails?.(target, context);
            if (declared.includes(stock)) yield stock.of({ tags: { city: target.city }, fields: { n: 1 }, time: context.at });
            const { from, to } = target.sales ?? { from: 0, to: 0 };
            for (let day = Date.parse(new Date(from).toISOString()); day < new Date(to).getTime(); day += 86_400_000)
              yield sales.of({ tags: { city: target.city }, fields: { n: 2 }, time: new Date(day) });
          },
          close: async () => {},
        };
      },
    });
    const every = shop.every === undefined ? undefined : (parsePeriod(shop.every) as Period);
    return {
      name,
      type: name,
      provider,
      settings: {},
      enabled: true,
      selected: true,
      required: true,
      tags: {},
      ...(every && { every }),
      ...shop.more,
    };
  }

  const sink = defineSink({
    name: 'store',
    help: '',
    settings: z.object({}),
    example: {},
    autoInit: true,
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'text', 'moment'], batch: { entries: 100 } }),
    async open() {
      return {
        async write(batch) {
          if (refusal) throw refusal;
          for (const entry of batch) {
            const { measurement: name, tags, time } = entry.point;
            stored.set([name, ...Object.values(tags), time.toISOString()].join(' '), entry);
          }
          return [];
        },
        close: async () => {},
      };
    },
    async ask() {
      return { last: () => inOrder([]), history: (query) => inOrder(answer(query)), close: async () => {} };
    },
  });

  function answer({ measurement: name, tags = {}, window }: Parameters<Store['history']>[0]): readonly Entry[] {
    const fitting = [...stored.values()].filter(({ point }) => {
      const isAsked = Object.entries(tags).every(([tag, value]) => point.tags[tag] === value);
      return point.measurement === name && isAsked && point.time >= window.from && point.time < window.to;
    });
    const order = ({ point }: Entry) => `${seriesText(point.measurement, point.tags)} ${point.time.toISOString()}`;
    return fitting.sort((one, other) => (order(one) < order(other) ? -1 : 1));
  }

  const store: SinkInstance = {
    name: 'store',
    type: 'store',
    sink,
    settings: {},
    enabled: true,
    selected: true,
    required: true,
    autoInit: true,
  };

  function configOf(more: Partial<Config> = {}): Config {
    return {
      file: join(dir, 'kpi.config.json'),
      dir,
      run: { concurrency: 4, timeoutMs: 60_000, failOn: 'required', stateDir: join(dir, '.kpi'), state: 'local' },
      tags: {},
      providers: Object.entries(shops).map(([name, shop]) => providerOf(name, shop)),
      sinks: [store],
      store: 'store',
      outbox: { maxBytes: 1024 ** 3 },
      warnings: [],
      secrets: [],
      ...more,
    };
  }

  return {
    /** What targets were collected since it was last read. */
    asked: () => asked.splice(0),
    /** The identities that the sink holds, but for those of kpi's own points. */
    rows: () => [...stored.keys()].filter((key) => !key.startsWith('kpi_')).sort(),
    outside,
    /** Takes from the sink what a test says, as if it had never come. */
    lose(isLost: (row: string) => boolean) {
      for (const row of stored.keys()) if (isLost(row)) stored.delete(row);
    },
    /** What the sink throws from now on. */
    refuse(error: Error | undefined) {
      refusal = error;
    },
    config: configOf,
    collect: (flags: CollectFlags = {}, more: Partial<Config> = {}): Promise<RunReport> =>
      collect(configOf(more), flags, { outside, redactor: createRedactor(), userAgent: 'kpi/test', listen: () => {} }),
  };
}

async function* inOrder(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

/** What fails a target for good. */
export function gone(what: string): PermanentError {
  return new PermanentError(`there is no ${what}`, { kind: 'not-found' });
}
