import type { SinkContext } from '../sdk/context.ts';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Rejection } from '../sdk/sink.ts';
import type { SourceBatch } from '../sdk/source.ts';
import { createCanHold } from './can-hold.ts';
import type { Clock } from './clock.ts';
import type { Config, SinkInstance } from './config/config.ts';
import type { Env } from './config/env.ts';
import type { Door } from './http.ts';
import type { RunLog } from './log.ts';
import { sinkContext } from './outlets.ts';
import type { Patience } from './patience.ts';
import { matchesAny } from './patterns.ts';
import { entryProblem } from './relay-check.ts';
import { createDelivery, type Delivery } from './relay-delivery.ts';
import type { End, Health } from './relay-health.ts';

/** The way of batches to every sink. */
export interface Route {
  /** What the sinks refuse, when each has taken all the rest. */
  deliver(batch: SourceBatch): Promise<readonly Rejection[]>;
  /** Sinks that are down, and why. */
  down(): readonly (readonly [string, string])[];
  close(): Promise<void>;
}

export interface RouteOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: RunLog;
  readonly door: Door;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly end: End;
  readonly patience: Patience;
  health(what: string): Health;
}

export function createRoute(targets: readonly SinkInstance[], options: RouteOptions): Route {
  const known = new Map<string, Measurement>();
  const ends = targets.map((instance) => endOf(instance));

  function endOf(instance: SinkInstance) {
    const { sink, settings, only, name } = instance;
    const accepts = sink.accepts(settings);
    const health = options.health(name);
    const delivery: Delivery = createDelivery({
      capacity: accepts.batch.entries,
      open: () => sink.open(settings, contextOf(instance)),
      health,
      clock: options.clock,
      patience: options.patience,
      over: options.end.over,
      late: options.end.late,
    });
    const canHold = createCanHold(accepts, declared, options.clock);
    const wants = (entry: Entry) => (!only || matchesAny(only, entry.point.measurement)) && canHold(entry);
    return { name, health, delivery, wants };
  }

  function contextOf(instance: SinkInstance): SinkContext {
    return sinkContext(instance, { ...options, measurements: [...known.values()], stored: (name) => known.get(name) });
  }

  function declared(name: string): Measurement {
    return known.get(name) as Measurement;
  }

  /** Sinks read a declaration once: where one has grown, they are opened anew. */
  async function learn(measurements: readonly Measurement[]): Promise<void> {
    let grown = false;
    for (const measurement of measurements) {
      const before = known.get(measurement.name);
      const next = before ? { ...measurement, fields: { ...before.fields, ...measurement.fields } } : measurement;
      if (before && JSON.stringify(before) === JSON.stringify(next)) continue;
      grown ||= before !== undefined;
      known.set(measurement.name, next);
    }
    if (grown) for (const { delivery } of ends) await delivery.close();
  }

  return {
    async deliver({ entries, measurements }) {
      await learn(measurements);
      const reasons = new Map<number, string>();
      for (const [index, entry] of entries.entries()) {
        const wrong = entryProblem(entry, declared(entry.point.measurement));
        if (wrong !== undefined) reasons.set(index, wrong);
      }
      await Promise.all(
        ends.map(async ({ name, delivery, wants }) => {
          const places: number[] = [];
          const wanted: Entry[] = [];
          for (const [index, entry] of entries.entries()) {
            if (reasons.has(index) || !wants(entry)) continue;
            places.push(index);
            wanted.push(entry);
          }
          for (const { index, reason } of await delivery.deliver(wanted)) {
            const place = places[index] as number;
            reasons.set(place, [...(reasons.has(place) ? [reasons.get(place)] : []), `${name}: ${reason}`].join('; '));
          }
        }),
      );
      return [...reasons].map(([index, reason]) => ({ index, reason })).sort((one, other) => one.index - other.index);
    },
    down: () => ends.flatMap(({ name, health }) => (health.down === undefined ? [] : [[name, health.down] as const])),
    async close() {
      await Promise.all(ends.map(({ delivery }) => delivery.close()));
    },
  };
}
