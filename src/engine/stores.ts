import { messageOf } from '../sdk/errors.ts';
import type { Measurement } from '../sdk/measurement.ts';
import type { Change, StoreStatus } from '../sdk/sink.ts';
import type { Config, SinkInstance } from './config/config.ts';
import { createDoor } from './http.ts';
import { createLog } from './log.ts';
import { joined, measurementsOf } from './measurements-of.ts';
import { sinkContext } from './outlets.ts';
import type { Outside } from './outside.ts';
import { ownMeasurements } from './own-points.ts';
import { matchesAny } from './patterns.ts';
import type { Redactor } from './redact.ts';

export interface StoreParts {
  readonly outside: Outside;
  readonly redactor: Redactor;
  readonly userAgent: string;
}

export interface SinkChanges {
  readonly sink: string;
  readonly type: string;
  readonly changes: readonly Change[];
  readonly error?: string;
}

export interface SinkStatus {
  readonly sink: string;
  readonly type: string;
  readonly status?: StoreStatus;
  readonly error?: string;
}

/** `kpi db init`: makes each selected store ready. One that fails does not keep the others from it. */
export async function initStores(config: Config, parts: StoreParts): Promise<readonly SinkChanges[]> {
  return await eachSink(
    config,
    parts,
    async ({ sink, settings, measurements, context }) => ({
      changes: (await sink.init?.(settings, measurements, context)) ?? [],
    }),
    { changes: [] },
  );
}

/** `kpi db status`: what each selected store holds. */
export async function storeStatuses(config: Config, parts: StoreParts): Promise<readonly SinkStatus[]> {
  return await eachSink(
    config,
    parts,
    async ({ sink, settings, measurements, context }) => {
      const status = await sink.status?.(settings, measurements, context);
      return status ? { status } : {};
    },
    {},
  );
}

interface Opened extends Pick<SinkInstance, 'sink' | 'settings'> {
  readonly measurements: readonly Measurement[];
  readonly context: ReturnType<typeof sinkContext>;
}

async function eachSink<Result extends object>(
  config: Config,
  { outside, redactor, userAgent }: StoreParts,
  ask: (opened: Opened) => Promise<Result>,
  none: Result,
): Promise<readonly (Result & { readonly sink: string; readonly type: string; readonly error?: string })[]> {
  const log = createLog({
    write: (line) => outside.stderr.write(`${line}\n`),
    level: 'warn',
    format: 'text',
    redactor,
    clock: outside.clock,
  });
  const door = createDoor({ env: outside.env, userAgent, redactor });
  const declared = declaredBy(config);
  const results: (Result & { readonly sink: string; readonly type: string; readonly error?: string })[] = [];
  try {
    for (const instance of config.sinks) {
      if (!instance.selected) continue;
      const { name, type, sink, settings, only } = instance;
      const measurements = declared.filter((one) => !only || matchesAny(only, one.name));
      const signal = new AbortController().signal;
      const context = sinkContext(instance, { config, clock: outside.clock, env: outside.env, log, door, signal, measurements });
      try {
        results.push({ sink: name, type, ...(await ask({ sink, settings, measurements, context })) });
      } catch (error) {
        results.push({ sink: name, type, ...none, error: redactor.text(messageOf(error)) });
      }
    }
  } finally {
    await door.close();
  }
  return results;
}

/** All that the config's providers declare, and kpi itself. */
export function declaredBy(config: Pick<Config, 'providers'>): readonly Measurement[] {
  const known = config.providers.filter(({ enabled, settings }) => enabled && settings !== undefined);
  return joined([...known.flatMap(measurementsOf), ...ownMeasurements]);
}
