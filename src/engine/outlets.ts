import { resolve } from 'node:path';
import type { SinkContext } from '../sdk/context.ts';
import { messageOf } from '../sdk/errors.ts';
import type { Measurement } from '../sdk/measurement.ts';
import type { Problem } from '../sdk/report.ts';
import type { Clock } from './clock.ts';
import type { Config, SinkInstance } from './config/config.ts';
import type { Disk } from './disk.ts';
import type { Listener } from './events.ts';
import type { Door } from './http.ts';
import type { RunLog } from './log.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Outside } from './outside.ts';
import { ownMeasurements } from './own-points.ts';
import { matchesAny } from './patterns.ts';
import type { Redactor } from './redact.ts';
import { openSpool } from './spool.ts';

export interface SinkSurroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: RunLog;
  readonly door: Door;
  readonly signal: AbortSignal;
  readonly measurements: readonly Measurement[];
  /** The declaration of an entry that an earlier run left, of a provider that may be gone. */
  stored?(name: string): Measurement | undefined;
}

/** What a sink finds in its surroundings. */
export function sinkContext(sink: SinkInstance, around: SinkSurroundings): SinkContext {
  const byName = new Map(around.measurements.map((measurement) => [measurement.name, measurement]));
  return {
    instance: sink.name,
    signal: around.signal,
    log: around.log.child(sink.name),
    now: around.clock.now,
    elapsed: around.clock.elapsed,
    resolve: (path) => resolve(around.config.dir, path),
    fetch: around.door.fetch,
    autoInit: sink.autoInit,
    measurements: around.measurements,
    tags: configTags(around.config),
    measurement(name) {
      const found = byName.get(name) ?? around.stored?.(name);
      if (!found) throw new TypeError(`measurement ${name} is not declared`);
      byName.set(name, found);
      return found;
    },
  };
}

function configTags(config: Config): readonly string[] {
  return [...new Set([...Object.keys(config.tags), ...config.providers.flatMap((provider) => Object.keys(provider.tags))])];
}

export interface OutletsOptions {
  readonly runId: string;
  readonly config: Config;
  readonly outside: Outside;
  readonly disk: Disk;
  readonly declared: readonly Measurement[];
  readonly signal: AbortSignal;
  /** When the sinks must have ended. */
  readonly until: AbortSignal;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly door: Door;
  readonly listen: Listener;
  /** Only this run's entries are taken from the outbox. */
  readonly onlyRun?: string;
}

/** An outlet for each selected sink, each with the right to drain its outbox where no other run has it. */
export async function openOutlets(options: OutletsOptions): Promise<readonly (Outlet & { readonly stdout: boolean })[]> {
  const { disk, outside, redactor, runId } = options;
  const outlets: (Outlet & { readonly stdout: boolean })[] = [];
  for (const instance of options.config.sinks) {
    if (!instance.selected) continue;
    const { name, type, required, sink, settings, only } = instance;
    const lease = `sink/${name}`;
    await disk.leases.take(lease);
    const stored = new Map((await disk.outbox.measurements(name)).map((measurement) => [measurement.name, measurement]));
    const context = sinkContext(instance, {
      ...options,
      clock: outside.clock,
      measurements: [...options.declared, ...ownMeasurements],
      stored: (measurement) => stored.get(measurement),
    });
    const accepts = sink.accepts(settings);
    const record = (problem: Problem) => disk.record({ of: name, ...problem });
    const spool = await openSpool({
      sink: name,
      outbox: disk.outbox,
      measurement: context.measurement,
      drains: () => disk.leases.holds(lease),
      onlyRun: options.onlyRun,
      failed: (error) => options.log.warn('the outbox failed', { sink: name, error: messageOf(error) }),
    });
    const outlet = createOutlet({
      name,
      type,
      required,
      accepts,
      runId,
      wants: (measurement) => !only || matchesAny(only, measurement),
      measurement: context.measurement,
      open: () => sink.open(settings, context),
      spool,
      until: options.until,
      clock: outside.clock,
      redact: redactor.text,
      record,
      progress: (delivered, offered) => options.listen({ type: 'delivering', sink: name, delivered, offered }),
    });
    outlets.push({ ...outlet, stdout: accepts.stdout === true });
  }
  return outlets;
}
