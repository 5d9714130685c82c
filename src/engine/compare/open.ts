import type { Measurement } from '../../sdk/measurement.ts';
import type { Config } from '../config/config.ts';
import type { Door } from '../http.ts';
import type { RunLog } from '../log.ts';
import { sinkContext } from '../outlets.ts';
import type { Outside } from '../outside.ts';
import { ownMeasurements } from '../own-points.ts';
import { matchesAny } from '../patterns.ts';
import type { Redactor } from '../redact.ts';
import type { Tally } from '../tally.ts';
import { type Comparison, createComparison } from './comparison.ts';

export interface OpenOptions {
  readonly config: Config;
  readonly outside: Outside;
  readonly declared: readonly Measurement[];
  /** When the run's comparison must have ended. */
  readonly until: AbortSignal;
  /** The run's own problems: that the store cannot be asked is one. */
  readonly tally: Pick<Tally, 'add'>;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly door: Door;
}

/** A comparison with the config's store. That has been checked to be one which can be asked; nothing is asked of it before there is a point. */
export function openComparison(options: OpenOptions): Comparison {
  const { config, outside, redactor, until } = options;
  const instance = config.sinks.find((one) => one.name === config.store);
  if (!instance?.sink.ask) throw new TypeError(`the store ${config.store} cannot be asked`);
  const { sink, settings, only } = instance;
  const measurements = [...options.declared, ...ownMeasurements];
  const context = sinkContext(instance, { ...options, signal: until, clock: outside.clock, env: outside.env, measurements });
  return createComparison({
    name: instance.name,
    accepts: sink.accepts(settings),
    wants: (measurement) => !only || matchesAny(only, measurement),
    measurement: context.measurement,
    ask: async () => await (sink.ask as NonNullable<typeof sink.ask>)(settings, context),
    until,
    clock: outside.clock,
    tally: options.tally,
    redact: redactor.text,
  });
}
