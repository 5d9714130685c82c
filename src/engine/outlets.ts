import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { SinkContext } from '../sdk/context.ts';
import type { FieldKind, Measurement } from '../sdk/measurement.ts';
import type { AnySink, Capabilities, OpenSink } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';
import type { Config, SinkInstance } from './config/config.ts';
import type { Env } from './config/env.ts';
import type { Disk } from './disk.ts';
import type { Listener } from './events.ts';
import type { Door } from './http.ts';
import type { RunLog } from './log.ts';
import { together } from './measurements-of.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Outside } from './outside.ts';
import { ownMeasurements } from './own-points.ts';
import { matchesAny } from './patterns.ts';
import { programEnv } from './program-env.ts';
import type { Redactor } from './redact.ts';
import { openSpool } from './spool.ts';

export interface SinkSurroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: RunLog;
  readonly door: Door;
  readonly signal: AbortSignal;
  readonly env: Env;
  readonly measurements: readonly Measurement[];
  /** The declaration of an entry that an earlier run left, of a provider that may be gone or was of another version. */
  stored?(name: string): Measurement | undefined;
}

/** What a sink finds in its surroundings. */
export function sinkContext(sink: SinkInstance, around: SinkSurroundings): SinkContext {
  const byName = new Map(around.measurements.map((measurement) => [measurement.name, measurement]));
  const known = new Map<string, Measurement>();
  return {
    instance: sink.name,
    signal: around.signal,
    log: around.log.child(sink.name),
    now: around.clock.now,
    elapsed: around.clock.elapsed,
    resolve: (path) => resolve(around.config.dir, path),
    fetch: around.door.fetch,
    autoInit: sink.autoInit,
    programEnv: programEnv(around.env),
    hasFolder: (path) => existsSync(path) || isAbove(path, around.config.run.stateDir),
    measurements: around.measurements,
    tags: configTags(around.config),
    measurement(name) {
      const found = known.get(name) ?? together(byName.get(name), around.stored?.(name));
      if (!found) throw new TypeError(`measurement ${name} is not declared`);
      known.set(name, found);
      return found;
    },
  };
}

/** True for a folder that is made where the other is made: itself, and those that it is in. */
function isAbove(folder: string, made: string): boolean {
  return made === folder || made.startsWith(folder.endsWith(sep) ? folder : folder + sep);
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
    const lease = disk.drainLease(name);
    const heldBy = await disk.leases.take(lease);
    const stored = new Map<string, Measurement>();
    const remember = async () => {
      for (const one of await disk.outbox.measurements(name)) stored.set(one.name, together(one, stored.get(one.name)));
    };
    await remember();
    const over = new AbortController();
    const context = sinkContext(instance, {
      ...options,
      signal: over.signal,
      clock: outside.clock,
      env: outside.env,
      measurements: [...options.declared, ...ownMeasurements],
      stored: (measurement) => stored.get(measurement),
    });
    const { accepts, open } = capable(sink, settings);
    const spool = await openSpool({
      sink: name,
      outbox: disk.outbox,
      measurement: context.measurement,
      async learn(entries) {
        if (entries.every(({ point }) => knows(context, point.measurement))) return;
        await remember();
      },
      drains: () => disk.leases.holds(lease),
      onlyRun: options.onlyRun,
    });
    const outlet = createOutlet({
      name,
      type,
      required,
      accepts,
      runId,
      wants: (measurement) => !only || matchesAny(only, measurement),
      measurement: context.measurement,
      open: async () => await open(context),
      spool,
      ...(heldBy !== undefined && heldBy !== runId && { drainedBy: heldBy }),
      until: options.until,
      clock: outside.clock,
      redact: redactor.text,
      record: (problem) => disk.record({ of: name, ...problem }),
      progress: (delivered, offered) => options.listen({ type: 'delivering', sink: name, delivered, offered }),
    });
    outlets.push({ ...endingBy(options.signal, outlet, over), stdout: accepts.stdout === true });
  }
  return outlets;
}

/**
 * The outlet, at whose end the sink is told that it is over: at the end of the run for one that still delivers then, after its last write for
 * one that has delivered. It may write the run's own points yet, while others keep the run waiting.
 */
function endingBy(end: AbortSignal, outlet: Outlet, over: AbortController): Outlet {
  const cancel = () => over.abort(end.reason);
  if (end.aborted) cancel();
  end.addEventListener('abort', cancel, { once: true });
  return {
    ...outlet,
    async finish() {
      await outlet.finish();
      end.removeEventListener('abort', cancel);
    },
    async close(own, ownUntil) {
      await outlet.close(own, ownUntil);
      over.abort();
    },
  };
}

/** A sink that cannot even say what it takes is one that cannot be opened: its points wait in the outbox. */
function capable(sink: AnySink, settings: unknown): { readonly accepts: Capabilities; open(context: SinkContext): Promise<OpenSink> } {
  try {
    return { accepts: sink.accepts(settings), open: (context) => sink.open(settings, context) };
  } catch (error) {
    const accepts: Capabilities = { timestamps: 'any', rerun: 'appends', kinds: fieldKinds, batch: { entries: 1000 } };
    return { accepts, open: () => Promise.reject(error) };
  }
}

const fieldKinds: readonly FieldKind[] = ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'];

function knows(context: SinkContext, measurement: string): boolean {
  try {
    context.measurement(measurement);
    return true;
  } catch {
    return false;
  }
}
